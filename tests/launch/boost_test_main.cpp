#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/subject.hpp"

namespace {

const std::string good = "--run_test=good,good_of_no_suite,good by hand:!good/is_disabled";

/// The arguments, with --procs=2 before them or without.
std::vector<std::string> with(bool procs, std::vector<std::string> arguments) {
  if (procs) arguments.insert(arguments.begin(), "--procs=2");
  return arguments;
}

void check_good_ones_ran_once(const subject& suite) {
  std::set<std::string> ran;
  for (const auto& [what, times] : suite.journal()) {
    if (what.find("ran ") != 0) continue;
    CAPTURE(what);
    CHECK(times == 1);
    ran.insert(what.substr(4));
  }
  CHECK(ran == std::set<std::string>{
                   "good/knows_its_name",
                   "good/a_name_that_is_longer_than_any_line_and_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_"
                   "and_on_to_its_end",
                   "good/with_data/_0",
                   "good/with_data/_1",
                   "good/with_data/_2",
                   "good/of_types<int>",
                   "good/of_types<char>",
                   "good/fails_as_it_should",
                   "good/inner/of_two_suites",
                   "good/uses_the_server",
                   "good_of_no_suite",
                   "good by hand/a name_ with_ \"quotes\"_ __ [brackets]_ _ and \\",
                   "good by hand/\xc3\xa4\xc3\xb6\xc3\xbc",
               });
  auto journal = suite.journal();
  CHECK(journal["set-up"] == 1);
  CHECK(journal["torn down address"] == 1);
}

/// What was noted of these, in its order.
std::vector<std::string> order_of(const subject& suite, const std::vector<std::string>& of) {
  std::vector<std::string> order;
  for (const std::string& what : suite.notes()) {
    if (std::find(of.begin(), of.end(), what) != of.end()) order.push_back(what);
  }
  return order;
}

/// Of the group.
void check_one_at_a_time(const subject& suite, int tests) {
  int inside = 0;
  int all = 0;
  for (const std::string& what : suite.notes()) {
    if (what == "out of the group") --inside;
    if (what != "in the group") continue;
    CHECK(++inside == 1);
    ++all;
  }
  CHECK(all == tests);
}

}  // namespace

TEST_CASE("every test runs once on however many processes, whatever its name") {
  const int procs = GENERATE(1, 2, 4);
  const subject suite;
  const auto ended = suite.run({"--procs=" + std::to_string(procs), good});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "13 passed, 0 failed, 1 skipped in "));
  CHECK_FALSE(contains(ended.output, "printed by a passing test"));
  check_good_ones_ran_once(suite);
  CHECK(suite.files_left().empty());
}

TEST_CASE("nothing is said of a run, for each part of one; of a test that is skipped, why") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--verbose", "--log_level=all", "--build_info", "--show_progress", good});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "Entering test case \"knows_its_name\""));
  CHECK(contains(ended.output, "check sample < 3 has passed"));
  CHECK(contains(ended.output, "\nprecondition failed: no server here\n"));
  for (const char* of_a_run : {"Running ", "No errors", "the module", "Platform:", "disabled", "0%", "apart: "}) {
    CAPTURE(of_a_run);
    CHECK_FALSE(contains(ended.output, of_a_run));
  }
  const std::string plain = suite.run({"--procs=2", "--color_output=no", "--run_test=fails/once"}).output;
  CHECK(contains(plain, "error: in \"fails/once\": check 1 == 2 has failed"));
  CHECK_FALSE(contains(plain, "\x1b["));
}

TEST_CASE("global fixtures are set up once in each worker, around all of its tests") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", good, "--run_test=table_*"});
  CAPTURE(ended.output);
  auto journal = suite.journal();
  const std::vector<std::string> around{"configured", "global set up", "global torn down", "configuration is gone"};
  for (const std::string& what : around) {
    CHECK(journal[what] > 0);
    CHECK(suite.processes_of(what).size() == static_cast<std::size_t>(journal[what]));
    CHECK(journal[what] == journal["configured"]);
  }
  const subject one;
  CHECK(one.run({"--procs=1", good}).status == 0);
  CHECK(order_of(one, around) == around);
  CHECK(one.journal()["init function"] == 2);  // in the launcher, too
}

TEST_CASE(
    "the tests of a suite come together: its fixtures are set up once where there are as many suites as workers") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--run_test=table_a,table_b,table_c,table_d"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  auto journal = suite.journal();
  for (const std::string which : {"table_a", "table_b"}) {
    CHECK(journal["set up " + which] == 1);
    CHECK(journal["torn down " + which] == 1);
  }

  const subject nested;
  CHECK(nested.run({"--procs=1", "--run_test=outer"}).status == 0);
  auto of_nested = nested.journal();
  CHECK(of_nested["set up nested"] == 1);
  CHECK(of_nested["set up outer"] == of_nested["torn down outer"]);
  for (const char* test : {"before", "nested/one", "nested/two", "nested/three", "behind"}) {
    CHECK(of_nested[std::string("ran outer/") + test] == 1);
  }
}

TEST_CASE("without --procs Boost.Test runs as it always did") {
  const subject suite;
  const auto ended = suite.run({good});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "Running 14 test cases...\n"));
  CHECK(contains(ended.output, "*** No errors detected"));
  check_good_ones_ran_once(suite);
  auto journal = suite.journal();
  for (const char* once : {"init function", "configured", "global set up", "global torn down"})
    CHECK(journal[once] == 1);

  CHECK(suite.run({"--run_test=fails"}).status == 201);
  CHECK(suite.run({"--run_test=fails", "--result_code=no"}).status == 0);
  CHECK(suite.run({"--run_test=no such suite"}).status == 200);
  const auto unknown = suite.run({"--no_such_option"});
  CHECK(unknown.status == 200);
  CHECK(count_of(unknown.output, "An unrecognized parameter in the argument") == 1);
  CHECK(count_of(suite.run({"stray", "--run_test=table_a"}).output, "WARNING: token \"stray\"") == 1);
  CHECK(suite.run({"--run_test=chain_breaks", "--report_level=detailed"}).status == 200);
  CHECK(subject("init function fails").run({good}).status == 200);
}

TEST_CASE("without --procs a fatal signal is caught as Boost.Test catches it, and clean-ups run where it goes on") {
  const subject suite;
  const auto caught = suite.run({"--run_test=dies/with_abort,behind_that"});
  CAPTURE(caught.output);
  CHECK(caught.status == 200);
  CHECK(contains(caught.output, "SIGABRT (application abort requested)"));
  CHECK(suite.journal()["ran dies/behind_that"] == 1);
  CHECK(suite.run({"--run_test=dies/with_abort", "--catch_system_errors=no"}).status == 128 + SIGABRT);
  const auto timed_out = suite.run({"--run_test=takes_long"});
  CAPTURE(timed_out.output);
  CHECK(contains(timed_out.output, "*** 1 failure is detected"));
  CHECK(suite.journal()["cleaned up after a timeout"] == 1);
}

TEST_CASE("lists are Boost.Test's own, and set nothing up") {
  const subject suite;
  const auto plain = suite.run({"--list_content"});
  CHECK(plain.status == 0);
  CHECK(contains(plain.output, "\ntable_a*\n    one*\n    two*\n    three*\n"));
  CHECK_FALSE(contains(plain.output, "apart"));
  CHECK(suite.run({"--procs=2", "--list_content"}).output == plain.output);
  const auto labels = suite.run({"--list_labels"});
  CHECK(labels.output == "Available labels:\n  group:table:1\n  serial\n  \n");
  CHECK(suite.run({"--procs=2", "--list_labels"}).output == labels.output);
  const auto version = suite.run({"--version"});
  CHECK(version.status == 0);
  CHECK(count_of(version.output, "Compiled from Boost version ") == 1);
  const auto help = suite.run({"--help"});
  CHECK(help.status == 0);
  CHECK(count_of(help.output, "--procs=N") == 1);
  CHECK(count_of(help.output, "--[") == count_of(suite.run({"--procs=2", "--help"}).output, "--["));
  auto journal = suite.journal();
  for (const char* nothing : {"initialized", "set-up", "configured", "global set up"})
    CHECK(journal.count(nothing) == 0);
}

TEST_CASE("a failed test fails the run, and its output stands under its name; the command given runs it alone") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--run_test=fails,alone"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "2 passed, 5 failed in "));
  CHECK(contains(ended.output, "printed before the failure"));
  CHECK(contains(ended.output, "thrown by the test"));
  CHECK(contains(ended.output, "a clean-up failed: the clean-up is broken"));
  CHECK(contains(ended.output, "the fixture is broken"));
  CHECK(contains(ended.output, " --procs=1 --run_test=fails/by_an_exception_and_cleans_up\n"));
  CHECK(suite.journal()["cleaned up a failure"] == 2);
  CHECK(suite.journal().count("ran fails/by_its_own_fixture") == 0);
  const auto alone = suite.run({"--procs=1", "--run_test=fails/by_an_exception_and_cleans_up"});
  CHECK(contains(alone.output, "0 passed, 1 failed in "));
}

TEST_CASE("a test that takes its process with it is failed and named, and all others run once") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--run_test=dies,alone", "--catch_system_errors=yes"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "4 passed, 4 failed in "));
  CHECK(contains(ended.output, "exited with status 0 in this test"));
  CHECK(contains(ended.output, "was killed by SIGABRT in this test"));
  CHECK(contains(ended.output, "was killed by SIGSEGV in this test"));
  CHECK(contains(ended.output, "was killed by SIGKILL in this test"));
  auto journal = suite.journal();
  for (const char* once : {"ran dies/before_that", "ran dies/behind_that", "ran alone/one", "ran alone/two"}) {
    CAPTURE(once);
    CHECK(journal[once] == 1);
  }
}

TEST_CASE(
    "tests whose suite cannot be set up have failed, and did not run; where it only fails, they run and have failed") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--run_test=set_up_throws,set_up_fails,table_a"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "3 passed, 4 failed in "));
  CHECK(count_of(ended.output, "the set-up of a suite failed:\n") == 4);
  CHECK(count_of(ended.output, "the suite has no table") > 2);  // Boost.Test says so, too, once for each list
  CHECK(count_of(ended.output, "the table has no row") > 2);
  auto journal = suite.journal();
  CHECK(journal.count("ran set_up_throws/one") == 0);
  CHECK(journal.count("ran set_up_throws/inner/two") == 0);
  CHECK(journal["ran set_up_fails/one"] == 1);
  CHECK(contains(suite.run({"--procs=1", "--run_test=set_up_throws", "--log_level=nothing"}).output, "2 failed in "));
}

TEST_CASE("the last test of a suite fails with its tear-down, also where that takes the process with it") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--run_test=tear_down_fails,table_a"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "4 passed, 1 failed in "));
  CHECK(contains(ended.output, "FAILED: tear_down_fails/two"));
  CHECK(contains(ended.output, "a tear-down after it failed:\n"));
  CHECK(contains(ended.output, "the table is still there"));

  const auto died = suite.run({"--procs=1", "--run_test=tear_down_dies,table_a"});
  CAPTURE(died.output);
  CHECK(died.status == 1);
  CHECK(contains(died.output, "4 passed, 1 failed in "));
  CHECK(contains(died.output, "was killed by SIGABRT in this test"));
}

TEST_CASE("where a global fixture cannot be set up every test has failed, and no body runs") {
  const std::string mode = GENERATE("global fixture throws", "global fixture fails", "configuration throws");
  const subject suite(mode);
  const auto ended = suite.run({"--procs=2", "--run_test=table_a,table_b"});
  CAPTURE(mode, ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "0 passed, 6 failed in "));
  CHECK(count_of(ended.output, "the set-up of a global fixture failed:\n") == 6);
  const char* const text = mode == "global fixture throws"  ? "no server answers"
                           : mode == "global fixture fails" ? "no server at all"
                                                            : "no configuration";
  CHECK(count_of(ended.output, text) > 6);
  CHECK(suite.journal().count("ran table_a/one") == 0);
}

TEST_CASE("where a global fixture cannot be torn down the run has failed, and says why") {
  const subject suite("global fixture does not stop");
  const auto ended = suite.run({"--procs=1", "--run_test=table_a"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "3 passed, 0 failed in "));
  CHECK(contains(ended.output, "worker 0 exited with status 1 after its last test"));
  CHECK(contains(ended.output, "the tear-down of a global fixture failed"));
  CHECK(contains(ended.output, "the server goes on"));
  CHECK(suite.journal()["configuration is gone"] == 1);
}

TEST_CASE("tests that are skipped say why, those of a suite, too") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--verbose", "--run_test=has_no_server,table_a"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "3 passed, 0 failed, 2 skipped in "));
  CHECK(count_of(ended.output, "\nprecondition failed\n") == 2);
  CHECK(suite.journal().count("ran has_no_server/one") == 0);
}

TEST_CASE("tests that depend on others run in their process, behind them, also in a random order and alone") {
  const std::vector<std::string> options = GENERATE(
      std::vector<std::string>{"--procs=1"}, std::vector<std::string>{"--procs=4"},
      std::vector<std::string>{"--procs=2", "--isolate"}, std::vector<std::string>{"--procs=2", "--shuffle=1"},
      std::vector<std::string>{"--procs=2", "--shuffle=2"}, std::vector<std::string>{"--procs=3", "--shuffle=3"});
  const subject suite;
  std::vector<std::string> arguments = options;
  arguments.emplace_back("--run_test=chain,chain_of_a_suite,chain_in_a_group,grouped,table_*");
  const auto ended = suite.run(arguments);
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "24 passed, 0 failed in "));
  check_one_at_a_time(suite, 5);
  CHECK(suite.journal()["ran chain_of_a_suite/one"] == 1);
}

TEST_CASE("tests that depend on others are in one shard") {
  const subject suite;
  int chained = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    const auto ended = suite.run(
        {"--procs=2", std::string("--shard=") + shard, "--verbose", "--run_test=chain,chain_of_a_suite,table_*"});
    CAPTURE(ended.output);
    CHECK(ended.status == 0);
    const int here = count_of(ended.output, "passed: chain");
    CHECK((here == 0 || here == 7));
    chained += here;
  }
  CHECK(chained == 7);
}

TEST_CASE("a test that depends on a failed one is skipped; so is one whose dependency has died with its process") {
  const subject suite;
  const auto failed = suite.run({"--procs=2", "--verbose", "--run_test=chain_breaks"});
  CAPTURE(failed.output);
  CHECK(contains(failed.output, "0 passed, 1 failed, 1 skipped in "));
  CHECK(contains(failed.output, "\ndependency test case \"chain_breaks/here\" has failed\n"));
  const auto died = suite.run({"--procs=2", "--verbose", "--run_test=chain_dies"});
  CAPTURE(died.output);
  CHECK(contains(died.output, "1 passed, 1 failed, 1 skipped in "));
  CHECK(contains(died.output, "\nwhat it depends on has run in a process that has died\n"));
}

TEST_CASE("clean-ups run when the fixture's object is gone, and before a decorator's fixture is") {
  const bool procs = GENERATE(false, true);
  const subject suite;
  CHECK(suite.run(with(procs, {"--run_test=clean_ups"})).status == 0);
  const std::vector<std::string> order{"decorator's fixture", "fixture",    "fixture is gone",
                                       "clean-up 2",          "clean-up 1", "decorator's fixture is gone"};
  CHECK(order_of(suite, order) == order);
}

TEST_CASE("Boost.Test's own time limits count, and clean-ups run behind them") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--run_test=takes_long,takes_long_as_a_suite,takes_long_in_the_end"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "2 passed, 4 failed in "));
  CHECK(contains(ended.output, "timeout for the test unit is exceeded"));
  CHECK(contains(ended.output, "the time of its suite is over: takes_long_in_the_end"));
  CHECK(suite.journal()["cleaned up after a timeout"] == 1);
  CHECK(suite.journal().count("ran takes_long_as_a_suite/two") == 0);
}

TEST_CASE("a forked child that comes back from its test ends there") {
  const bool procs = GENERATE(false, true);
  const subject suite;
  const auto ended = suite.run(with(procs, {"--run_test=forks"}));
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["ran forks/and_the_child_comes_back"] == 1);
  CHECK(suite.journal()["ran forks/and_this_one_runs_once"] == 1);
}

TEST_CASE("no body runs in a process that could not be initialized, and no such test passes") {
  const bool procs = GENERATE(false, true);
  const std::string test = GENERATE("knows_its_name", "fails_as_it_should");
  const subject suite("initializer throws");
  const auto ended = suite.run(with(procs, {"--run_test=good/" + test}));
  CAPTURE(ended.output);
  CHECK(ended.status != 0);
  CHECK(contains(ended.output, "the registry is broken"));
  CHECK(suite.journal().count("ran good/" + test) == 0);
}

TEST_CASE("an interrupt cancels the test that waits, runs its clean-ups, and lets no other body begin") {
  const bool procs = GENERATE(false, true);
  const int signal = GENERATE(SIGINT, SIGTERM);
  const subject suite;
  std::vector<std::string> arguments{"--run_test=waits"};
  if (procs) arguments.emplace_back("--procs=1");
  program run(subject::command(arguments), suite.environment());
  suite.wait_for("waiting");
  run.signal(signal);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK((procs ? ended.status == 5 : ended.status != 0));
  CHECK(suite.journal().count("ran waits/too") == 0);
  const std::string name = signal == SIGINT ? "SIGINT" : "SIGTERM";
  CHECK(suite.journal()["cleaned up after: " +
                        (procs ? "the run was interrupted by " + name : "interrupted by " + name)] == 1);
  CHECK(suite.journal()["global torn down"] == 1);
}

TEST_CASE("tests with the label serial come last, and of a group no more run at once than its limit") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "--run_test=alone,good,grouped"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  check_one_at_a_time(suite, 3);
  std::string last;
  for (const std::string& what : suite.notes()) {
    if (what.find("ran ") == 0) last = what;
  }
  CHECK(last.find("ran alone/") == 0);
  const auto by_label = suite.run({"--procs=2", "--run_test=@serial"});
  CHECK(contains(by_label.output, "2 passed, 0 failed in "));
}

TEST_CASE("disabled tests run where Boost.Test would run them") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--run_test=good/is_disabled:disabled_of_no_suite"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "2 passed, 0 failed in "));
  CHECK(suite.journal()["ran good/is_disabled"] == 1);
  CHECK(suite.journal()["ran disabled_of_no_suite"] == 1);
}

TEST_CASE("what Boost.Test does for one process is refused for many, or done by the launcher") {
  const subject suite;
  const auto refused = [&](const std::string& option) {
    const auto ended = suite.run({"--procs=2", option, "--run_test=table_a"});
    CHECK(ended.status == 2);
    return ended.output;
  };
  const auto text = [](const std::string& option, const std::string& instead) {
    return "apart: --procs: " + option + " describes one process; " + instead + ", or run without --procs\n";
  };
  CHECK(refused("--log_format=JUNIT") == text("--log_format", "give --junit=FILE"));
  CHECK(refused("--output_format=XML") == text("--log_format", "give --junit=FILE"));
  CHECK(refused("--report_format=XML") == text("--report_format", "give --junit=FILE"));
  CHECK(refused("--log_sink=report.log") == text("--log_sink", "give --junit=FILE"));
  CHECK(refused("--report_sink=report.log") == text("--report_sink", "give --junit=FILE"));
  CHECK(refused("--logger=HRF,all,report.log") == text("--logger", "give --junit=FILE"));
  CHECK(refused("--report_level=detailed") == text("--report_level", "give --verbose"));
  CHECK(refused("--wait_for_debugger") == text("--wait_for_debugger", "leave it out"));
  CHECK(refused("--result_code=no") == text("--result_code", "leave it out"));
  CHECK_FALSE(std::filesystem::exists("report.log"));
  CHECK(suite.run({"--procs=2", "--log_sink=stderr", "--report_level=no", "--run_test=table_a"}).status == 0);
  CHECK(contains(refused("--run_test=+"), "apart: Invalid filter specification\n"));
  CHECK(suite.run({"--procs=2", "--no_such_option"}).status == 2);
  CHECK(suite.run({"--procs=2", "--run_test=no such suite"}).status == 3);
  CHECK(subject("init function fails").run({"--procs=2", good}).output ==
        "apart: Boost.Test cannot be set up: std::runtime_error: test module initialization failed\n");
  const auto fast = suite.run({"--procs=1", "--fail-fast", "--run_test=fails"});
  CHECK(fast.status == 1);
  CHECK(contains(fast.output, "4 never ran in "));
  const auto shuffled = suite.run({"--procs=2", "--random=42", "--run_test=table_*"});
  CHECK(contains(shuffled.output, "12 passed, 0 failed in "));
  CHECK(contains(shuffled.output, ", seed 42)"));
  CHECK(contains(suite.run({"--procs=2", "--random", "--run_test=table_*"}).output, "12 passed, 0 failed in "));
}

TEST_CASE("CTest is told of each test, which runs what it depends on, and whether it has been skipped") {
  const subject suite;
  const auto listed = suite.run({"--ctest=list:p.", "--run_test=chain/second"});
  CAPTURE(listed.output);
  CHECK(listed.status == 0);
  CHECK(contains(listed.output, "[=[--run_test=chain/second]=]"));
  CHECK(suite.journal().count("initialized") == 0);
  CHECK(contains(suite.run({"--ctest=list:", "--run_test=alone"}).output, "apart_test([=[alone/one]=] true [=[]=])"));
  CHECK(contains(suite.run({"--ctest=list:", "--run_test=grouped"}).output,
                 "apart_test([=[grouped/one]=] false [=[table;]=])"));
  CHECK(suite.run({"--ctest=run", "--run_test=chain/third"}).status == 0);
  CHECK(suite.run({"--ctest=run", "--run_test=good/has_a_precondition"}).status == 77);
  CHECK(suite.run({"--ctest=run", "--run_test=has_no_server"}).status == 77);
  CHECK(suite.run({"--ctest=run", "--run_test=good/knows_its_name"}).status == 0);
  CHECK(suite.run({"--ctest=run", "--run_test=chain_breaks/not_run"}).status == 200);
  CHECK(subject("global fixture throws").run({"--ctest=run", "--run_test=table_a"}).status == 200);
  CHECK(subject("configuration throws").run({"--ctest=run", "--run_test=table_a"}).status == 200);
}

TEST_CASE("a report of Boost.Test's is written without --procs") {
  const subject suite;
  const std::string report = (suite.tmp() / "apart-report.xml").string();
  CHECK(suite.run({"--run_test=table_a", "--log_format=JUNIT", "--log_sink=" + report}).status == 0);
  CHECK(contains(support::text_of(report), "<testcase assertions="));
}
