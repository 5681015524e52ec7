#include <string>
#include <vector>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/subject.hpp"

namespace {

/// The arguments, with --procs=2 before them or without.
std::vector<std::string> with(bool procs, std::vector<std::string> arguments) {
  if (procs) arguments.insert(arguments.begin(), "--procs=2");
  return arguments;
}

void check_good_ones_ran_once(const subject& suite) {
  auto journal = suite.journal();
  for (const char* test :
       {"knows its name", "a name: with, \"quotes\", *, [brackets] and \\", "\xc3\xa4\xc3\xb6\xc3\xbc", "of types<int>",
        "of types<char>", "fails as it should", "uses the server"}) {
    CAPTURE(test);
    CHECK(journal[std::string("ran good/") + test] == 1);
  }
  CHECK(journal["ran good/twice the same name"] == 2);
  CHECK(journal["body of subcases"] == 3);
  for (const char* leaf : {"leaf one", "leaf two a", "leaf two b"}) CHECK(journal[leaf] == 1);
  CHECK(journal["cleaned up after a leaf"] == 3);
  CHECK(journal.count("ran good/is skipped") == 0);
  CHECK(journal["set-up"] == 1);
  CHECK(journal["torn down address"] == 1);
}

}  // namespace

TEST_CASE("every test runs once on however many processes, whatever its name") {
  const int procs = GENERATE(1, 2, 4);
  const subject suite;
  const auto ended = suite.run({"--procs=" + std::to_string(procs), "--test-suite=good"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "10 passed, 0 failed in "));
  CHECK_FALSE(contains(ended.output, "printed by a passing test"));
  check_good_ones_ran_once(suite);
  CHECK(suite.files_left().empty());
}

TEST_CASE("a worker is one run of doctest, however many tests it is given") {
  const subject suite;
  CHECK(suite.run({"--procs=2", "--test-suite-exclude=waits"}).status == 1);
  auto journal = suite.journal();
  CHECK(suite.processes_of("run starts").size() == static_cast<std::size_t>(journal["run starts"]));
  CHECK(journal["listener made"] == journal["run starts"]);

  const subject ending;
  CHECK(ending.run({"--procs=2", "--test-suite=good"}).status == 0);
  CHECK(ending.journal()["run ends"] == ending.journal()["run starts"]);
}

TEST_CASE("without --procs doctest runs as it always did") {
  const subject suite;
  const auto ended = suite.run({"--test-suite=good"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "[doctest] test cases: 10 | 10 passed | 0 failed | "));
  check_good_ones_ran_once(suite);
  CHECK(suite.journal()["run starts"] == 1);
  CHECK(suite.journal()["listener made"] == 1);

  CHECK(suite.run({"--test-suite=fails"}).status == 1);
  CHECK(suite.run({"--test-suite=fails", "--no-exitcode"}).status == 0);
  CHECK(suite.run({"--test-suite=no such suite"}).status == 0);
}

TEST_CASE("lists are doctest's own, and set nothing up") {
  const subject suite;
  const auto plain = suite.run({"--list-test-cases", "--no-intro", "--test-suite=serial"});
  CHECK(plain.status == 0);
  CHECK(contains(plain.output, "one\ntwo\n"));
  CHECK(suite.run({"--procs=2", "--list-test-cases", "--no-intro", "--test-suite=serial"}).output == plain.output);
  CHECK(suite.run({"--count"}).status == 0);
  CHECK(suite.run({"--version"}).status == 0);
  CHECK(contains(suite.run({"--help"}).output, "--procs=N"));
  CHECK(suite.journal().count("initialized") == 0);
  CHECK(suite.journal().count("set-up") == 0);
}

TEST_CASE("a failed test fails the run, and its output stands under its name; the command given runs it alone") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--test-suite=fails,serial"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "2 passed, 4 failed in "));
  CHECK(contains(ended.output, "printed before the failure"));
  CHECK(contains(ended.output, "thrown by the test"));
  CHECK(contains(ended.output, "a clean-up failed: the clean-up is broken"));
  CHECK_FALSE(contains(ended.output, "[doctest]"));
  CHECK(contains(ended.output, " --procs=1 '--test-case=by an exception\\, and cleans up' --test-suite=fails\n"));
  CHECK(suite.journal()["cleaned up a failure"] == 2);
  const auto alone = suite.run({"--procs=1", "--test-case=by an exception\\, and cleans up", "--test-suite=fails"});
  CHECK(contains(alone.output, "0 passed, 1 failed in "));
}

TEST_CASE("a test that takes its process with it is failed and named; all others run once") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--test-suite=dies,serial"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "4 passed, 3 failed in "));
  CHECK(contains(ended.output, "exited with status 0 in this test"));
  CHECK(contains(ended.output, "was killed by SIGABRT in this test"));
  CHECK(contains(ended.output, "was killed by SIGKILL in this test"));
  auto journal = suite.journal();
  for (const char* once : {"ran dies/before that", "ran dies/behind that", "ran serial/one", "ran serial/two"}) {
    CAPTURE(once);
    CHECK(journal[once] == 1);
  }
}

TEST_CASE("clean-ups run when the fixture is gone") {
  const bool procs = GENERATE(false, true);
  const subject suite;
  CHECK(suite.run(with(procs, {"--test-case=clean-ups*"})).status == 0);
  CHECK(clean_ups_and_fixtures(suite) == std::vector<std::string>{"fixture is gone", "clean-up"});
}

TEST_CASE("a forked child that comes back from its test ends there") {
  const bool procs = GENERATE(false, true);
  const subject suite;
  const auto ended = suite.run(with(procs, {"--test-suite=forks"}));
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["ran forks/and the child comes back"] == 1);
  CHECK(suite.journal()["ran forks/and this one runs once"] == 1);
}

TEST_CASE("no body runs in a process that could not be initialized, and no such test passes") {
  const bool procs = GENERATE(false, true);
  const std::string test = GENERATE("knows its name", "fails as it should");
  const subject suite("initializer throws");
  const auto ended = suite.run(with(procs, {"--test-case=" + test}));
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "the registry is broken"));
  CHECK(suite.journal().count("ran good/" + test) == 0);
}

TEST_CASE("an interrupt cancels the test that waits, runs its clean-ups, and lets no other body begin") {
  const bool procs = GENERATE(false, true);
  const subject suite;
  std::vector<std::string> arguments{"--test-suite=waits"};
  if (procs) arguments.push_back("--procs=1");
  program run(subject::command(arguments), suite.environment());
  suite.wait_for("waiting");
  run.signal(SIGINT);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == (procs ? 5 : 1));
  CHECK(suite.journal().count("ran waits/too") == 0);
  CHECK(suite.journal()[procs ? "cleaned up after: the run was interrupted by SIGINT"
                              : "cleaned up after: interrupted by SIGINT"] == 1);
}

TEST_CASE("tests with the tag serial come last, and of a group no more run at once than its limit") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "--test-suite=serial,good,grouped"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  check_groups_and_serial(suite, "serial/");
}

TEST_CASE("skipped tests run where doctest would run them") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--test-suite=good", "--no-skip"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "11 passed, 0 failed in "));
  CHECK(suite.journal()["ran good/is skipped"] == 1);
}

TEST_CASE("doctest's range of tests is part of the selection") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--test-suite=good", "--first=3", "--last=4"});
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "2 passed, 0 failed in "));
}

TEST_CASE("what doctest does for one process is refused for many, or done by the launcher") {
  const subject suite;
  const auto refused = [&](const std::string& option) {
    const auto ended = suite.run({"--procs=2", option, "--test-suite=serial"});
    CHECK(ended.status == 2);
    return ended.output;
  };
  CHECK(refused("--reporters=junit") ==
        "apart: --procs: --reporters=junit describes one process; leave it out, or run without --procs\n");
  CHECK(refused("-dt-r=xml") ==
        "apart: --procs: -dt-r=xml describes one process; leave it out, or run without --procs\n");
  CHECK(refused("--out=report.txt") ==
        "apart: --procs: --out is one process's file; redirect the output, or run without --procs\n");
  CHECK(refused("--no-exitcode") ==
        "apart: --procs: --no-exitcode hides what went wrong; leave it out, or run without --procs\n");
  CHECK_FALSE(std::filesystem::exists("report.txt"));
  CHECK(suite.run({"--procs=2", "--test-suite=no such suite"}).status == 3);
  const auto fast = suite.run({"--procs=1", "--abort-after=1", "--test-suite=fails"});
  CHECK(fast.status == 1);
  CHECK(contains(fast.output, "never ran in "));
  const auto shuffled = suite.run({"--procs=1", "--order-by=rand", "--rand-seed=42", "--test-suite=good"});
  CHECK(contains(shuffled.output, ", seed 42)"));
}

TEST_CASE("a report of doctest's is written without --procs") {
  const subject suite;
  const std::string report = (suite.tmp() / "apart-report.xml").string();
  CHECK(suite.run({"--test-suite=serial", "--reporters=xml", "--out=" + report}).status == 0);
  CHECK(contains(support::text_of(report), "<TestCase name=\"one\""));
}
