#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/sanitizer.hpp"
#include "support/subject.hpp"

namespace {

const std::string good = "--gtest_filter=Good*";
constexpr int good_tests = 12 + 6 + 2 + 2 + 2 + 2;  // that run; one more is skipped

/// Each of the good tests that notes itself ran once.
void check_good_ones_ran_once(const subject& suite) {
  int ran = 0;
  for (const auto& [what, times] : suite.journal()) {
    if (what.find("ran ") != 0) continue;
    CAPTURE(what);
    CHECK(times == 1);
    ++ran;
  }
  CHECK(ran == good_tests);
}

}  // namespace

TEST_CASE("every test runs once on however many processes, whatever its name") {
  const int procs = GENERATE(1, 2, 4);
  const subject suite;
  const auto ended = suite.run({"--procs=" + std::to_string(procs), good});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "26 passed, 0 failed, 1 skipped in "));
  CHECK_FALSE(contains(ended.output, "printed by a passing test"));
  check_good_ones_ran_once(suite);
  auto journal = suite.journal();
  CHECK(journal["ran GoodTypes/std::pair<int, char*>-0.AreRun"] == 1);
  CHECK(journal["ran GoodAtRunTime.a name: with, \"quotes\", *, - and \\"] == 1);
  CHECK(journal["set-up"] == 1);
  CHECK(journal["torn down address"] == 1);
  CHECK(journal["cleaned up after a skip"] == 1);
  CHECK(suite.processes_of("initialized").size() == static_cast<std::size_t>(journal["initialized"]));
  CHECK(suite.files_left().empty());
}

TEST_CASE("an option that neither the launcher nor the framework knows is named, and the tests run") {
  const std::string given = GENERATE("--procs=2", "--gtest_brief=1");
  const subject suite;
  const auto ended = suite.run({given, "--shufle", "--gtest_filter=GoodA.*"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(count_of(ended.output, "apart: --shufle: neither the launcher nor GoogleTest knows this option\n") == 1);
  CHECK(suite.journal()["ran GoodA.One"] == 1);
}

TEST_CASE("what the framework does before the first test of a list is not that test's time") {
  const subject suite("choosing takes time");
  const std::string report = suite.tmp().parent_path() / "report.xml";
  REQUIRE(suite.run({"--procs=1", "--gtest_filter=GoodA.*", "--junit=" + report}).status == 0);
  const std::string text = support::text_of(report);
  const std::string attribute = " time=\"";
  int tests = 0;
  for (std::size_t at = text.find("<testcase"); at != std::string::npos; at = text.find("<testcase", at + 1)) {
    CHECK(std::stod(text.substr(text.find(attribute, at) + attribute.size())) < 0.5);
    ++tests;
  }
  CHECK(tests > 0);
}

TEST_CASE("the tests of a suite come together: it is set up once where there are as many suites as workers") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--gtest_filter=GoodA.*:GoodB.*:GoodC.*:GoodD.*"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  auto journal = suite.journal();
  for (const char* which : {"GoodA", "GoodB"}) {
    CHECK(journal[std::string("set up ") + which] == 1);
    CHECK(journal[std::string("torn down ") + which] == 1);
  }
  CHECK(journal["environment set up"] == journal["environment torn down"]);
}

TEST_CASE("without --procs GoogleTest runs as it always did") {
  const subject suite;
  const auto ended = suite.run({good});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "[  PASSED  ] 26 tests."));
  check_good_ones_ran_once(suite);
  CHECK(suite.journal()["environment set up"] == 1);

  const auto failed = suite.run({"--gtest_filter=Fails.Once"});
  CHECK(failed.status == 1);
  const auto none = suite.run({"--gtest_filter=NoSuch.*"});
  CHECK(none.status == 0);
}

TEST_CASE("lists are GoogleTest's own, and set nothing up") {
  const subject suite;
  const auto plain = suite.run({"--gtest_list_tests", "--gtest_filter=GoodA.*"});
  CHECK(plain.output == "GoodA.\n  One\n  Two\n  Three\n");
  CHECK(suite.run({"--procs=2", "--gtest_list_tests", "--gtest_filter=GoodA.*"}).output == plain.output);
  CHECK(suite.journal().empty());
}

TEST_CASE("a failed test fails the run, and its output stands under its name; the command given runs it alone") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--gtest_filter=Fails.*:GoodA.*:GoodTypes*"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "5 passed, 3 failed in "));
  CHECK(contains(ended.output, "printed before the failure"));
  CHECK(contains(ended.output, "thrown by the test"));
  CHECK(contains(ended.output, "[  FAILED  ] Fails.Once ("));
  CHECK_FALSE(contains(ended.output, "[==========]"));
  CHECK(contains(ended.output, " --procs=1 --gtest_filter=Fails.Once --gtest_random_seed="));
}

TEST_CASE("a test that takes its process with it is failed and named; all others run once") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--gtest_filter=Dies.*:GoodA.*"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "5 passed, 3 failed in "));
  CHECK(contains(ended.output, "exited with status 0 in this test"));
  CHECK(contains(ended.output, "was killed by SIGABRT in this test"));
  CHECK(contains(ended.output, "was killed by SIGKILL in this test"));
  auto journal = suite.journal();
  for (const char* once : {"began WithExit0", "began WithAbort", "began Killed", "ran Dies.BeforeThat",
                           "ran Dies.BehindThat", "ran GoodA.One", "ran GoodA.Two", "ran GoodA.Three"}) {
    CAPTURE(once);
    CHECK(journal[once] == 1);
  }
}

TEST_CASE("tests whose suite cannot be set up have failed, and did not run") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--gtest_filter=SetUpFails.*:GoodA.*"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "3 passed, 2 failed in "));
  CHECK(contains(ended.output, "SetUpTestSuite failed:\n"));
  CHECK(contains(ended.output, "the suite has no table"));
  CHECK(suite.journal().count("ran SetUpFails.One") == 0);
}

TEST_CASE("the last test of a suite fails with its tear-down, also where that takes the process with it") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--gtest_filter=TearDownFails.*:GoodA.*"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "4 passed, 1 failed in "));
  CHECK(contains(ended.output, "a tear-down after it failed:\n"));
  CHECK(contains(ended.output, "the table is still there"));

  const auto died = suite.run({"--procs=1", "--gtest_filter=TearDownDies.*:GoodA.*"});
  CAPTURE(died.output);
  CHECK(died.status == 1);
  CHECK(contains(died.output, "1 failed in "));
  CHECK(contains(died.output, "was killed by SIGABRT in this test"));
}

TEST_CASE("what an environment does to all tests it does to each: fail, skip, or fail the last one") {
  const subject failing("environment fails");
  const auto failed = failing.run({"--procs=2", "--gtest_filter=GoodA.*"});
  CAPTURE(failed.output);
  CHECK(failed.status == 1);
  CHECK(contains(failed.output, "0 passed, 3 failed in "));
  CHECK(contains(failed.output, "the set-up of an environment failed:\n"));
  CHECK(contains(failed.output, "no server answers"));

  const subject skipping("environment skips");
  const auto skipped = skipping.run({"--procs=2", "--gtest_filter=GoodA.*"});
  CAPTURE(skipped.output);
  CHECK(skipped.status == 0);
  CHECK(contains(skipped.output, "0 passed, 0 failed, 3 skipped in "));

  const subject ending("environment does not stop");
  const auto ended = ending.run({"--procs=1", "--gtest_filter=GoodA.*"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "a tear-down after it failed:\n"));
}

TEST_CASE("death tests of both styles run, and their children start no run", support::forks_beside_threads) {
  const std::string how = GENERATE("", "--procs=2", "--ctest=run");
  const bool own_directory = GENERATE(false, true);
  const subject suite;
  std::vector<std::string> arguments{"--gtest_filter=WithDeathTest.*"};
  if (!how.empty()) arguments.insert(arguments.begin(), how);
  if (own_directory) arguments.push_back("--own-directory");
  const auto ended = suite.run(arguments);
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["ran WithDeathTest.OfEitherStyle"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("clean-ups run when the fixture is gone, and with gtest_fixture before it; one that fails fails the test") {
  const bool procs = GENERATE(false, true);
  const auto arguments = [&](const std::string& filter) {
    return procs ? std::vector<std::string>{"--procs=1", filter} : std::vector<std::string>{filter};
  };
  const subject late;
  CHECK(late.run(arguments("--gtest_filter=CleanUps.*")).status == 0);
  const subject early;
  CHECK(early.run(arguments("--gtest_filter=CleanUpsOfFixture.*")).status == 0);
  CHECK(clean_ups_and_fixtures(late) == std::vector<std::string>{"fixture is gone", "clean-up"});
  CHECK(clean_ups_and_fixtures(early) == std::vector<std::string>{"clean-up", "fixture is gone"});
  const auto failed = late.run(arguments("--gtest_filter=CleanUpFails.*"));
  CAPTURE(failed.output);
  CHECK(failed.status == 1);
  CHECK(contains(failed.output, "a clean-up failed: the clean-up is broken"));
}

TEST_CASE("a forked child that comes back from its test ends there") {
  const bool procs = GENERATE(false, true);
  const subject suite;
  std::vector<std::string> arguments{"--gtest_filter=Forks.*"};
  if (procs) arguments.push_back("--procs=1");
  const auto ended = suite.run(arguments);
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["ran Forks.AndTheChildComesBack"] == 1);
  CHECK(suite.journal()["ran Forks.AndThisOneRunsOnce"] == 1);
}

TEST_CASE("no body runs in a process that could not be initialized") {
  const bool procs = GENERATE(false, true);
  const subject suite("initializer throws");
  std::vector<std::string> arguments{"--gtest_filter=GoodA.*"};
  if (procs) arguments.push_back("--procs=2");
  const auto ended = suite.run(arguments);
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "the registry is broken"));
  CHECK(suite.journal().count("ran GoodA.One") == 0);
}

TEST_CASE("an interrupt cancels the test that waits, runs its clean-ups, and lets no other body begin") {
  const bool procs = GENERATE(false, true);
  const subject suite;
  std::vector<std::string> arguments{"--gtest_filter=Waits.*"};
  if (procs) arguments.push_back("--procs=1");
  program run(subject::command(arguments), suite.environment());
  suite.wait_for("waiting");
  run.signal(SIGINT);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == (procs ? 5 : 1));
  CHECK(suite.journal().count("ran Waits.Too") == 0);
  CHECK(suite.journal()[procs ? "cleaned up after: the run was interrupted by SIGINT"
                              : "cleaned up after: interrupted by SIGINT"] == 1);
}

TEST_CASE("tests with the tag serial come last, and of a group no more run at once than its limit") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "--gtest_filter=GoodSerial.*:GoodA.*:Grouped.*"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  check_groups_and_serial(suite, "GoodSerial.");
}

TEST_CASE("disabled tests run where GoogleTest would run them") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--gtest_filter=*IsRunOnDemand", "--gtest_also_run_disabled_tests"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "2 passed, 0 failed in "));
}

TEST_CASE(
    "GoogleTest's own shards are parts of a run, also empty ones, and its runner is told that they are honoured") {
  const subject suite;
  const int shards = 40;
  const std::string told = (suite.tmp() / "apart-told").string();
  for (int shard = 0; shard < shards; ++shard) {
    auto environment = suite.environment();
    environment.push_back("GTEST_TOTAL_SHARDS=" + std::to_string(shards));
    environment.push_back("GTEST_SHARD_INDEX=" + std::to_string(shard));
    environment.push_back("GTEST_SHARD_STATUS_FILE=" + told);
    const auto ended = run_program(subject::command({"--procs=2", good}), environment);
    CAPTURE(ended.output);
    CHECK(ended.status == 0);
  }
  check_good_ones_ran_once(suite);
  CHECK(std::filesystem::exists(told));
}

TEST_CASE("what GoogleTest does for one process is refused for many, or done by the launcher") {
  const subject suite;
  const auto refused = [&](const std::string& option) {
    const auto ended = suite.run({"--procs=2", option, "--gtest_filter=GoodA.*"});
    CHECK(ended.status == 2);
    return ended.output;
  };
  CHECK(refused("--gtest_output=xml:report.xml") ==
        "apart: --procs: --gtest_output=xml:report.xml describes one process; give --junit=FILE, or run without "
        "--procs\n");
  CHECK(refused("--gtest_repeat=2") == "apart: --procs: give --repeat=N in place of --gtest_repeat\n");
  CHECK(contains(refused("--gtest_fliter=x"), "apart: --gtest_fliter=x: GoogleTest does not know it\n"));
  CHECK(suite.run({"--procs=2", "--gtest_filter=NoSuch.*"}).status == 3);
  const auto fast = suite.run({"--procs=1", "--gtest_fail_fast", "--gtest_filter=Fails.*:GoodA.*"});
  CHECK(fast.status == 1);
  CHECK(contains(fast.output, "never ran in "));
  const auto shuffled = suite.run({"--procs=1", "--gtest_shuffle", "--gtest_random_seed=42", "--gtest_filter=GoodA.*"});
  CHECK(contains(shuffled.output, "3 passed, 0 failed in "));
  CHECK(contains(shuffled.output, ", seed 42)"));
}

TEST_CASE("a report of GoogleTest's is written without --procs") {
  const subject suite;
  const std::string report = (suite.tmp() / "apart-report.xml").string();
  CHECK(suite.run({"--gtest_filter=GoodA.*", "--gtest_output=xml:" + report}).status == 0);
  CHECK(contains(support::text_of(report), "<testcase name=\"One\""));
}

TEST_CASE("CTest sees a skip where all that ran was skipped") {
  const subject suite;
  CHECK(suite.run({"--ctest=run", "--gtest_filter=GoodButSkipped.*"}).status == 77);
  CHECK(suite.run({"--ctest=run", "--gtest_filter=GoodButSkipped.*:GoodA.One"}).status == 0);
  CHECK(suite.run({"--ctest=run", "--gtest_filter=GoodButSkipped.*:Fails.Once"}).status == 1);
  CHECK(suite.run({"--gtest_filter=GoodButSkipped.*"}).status == 0);
}
