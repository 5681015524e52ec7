// ctest with a process for each test, as cmake/Apart.cmake sets it up: set-ups run once for each call of ctest, and nothing
// is left behind, whoever is killed.

#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/subject.hpp"

namespace {

namespace fs = std::filesystem;

/// A build directory with the tests of the suite, as a build leaves it.
class project {
 public:
  explicit project(const std::string& properties = "ENVIRONMENT;GIVEN_TO_ALL=1", std::string mode = {})
      : suite(std::move(mode)), directory_(suite.tmp().parent_path() / "build") {
    fs::create_directory(directory_);
    const std::string settings = (directory_ / "settings.cmake").string();
    support::write_file(settings,
                        "set(apart_name suite)\nset(apart_test_prefix \"suite.\")\nset(apart_discovery_timeout 60)\n"
                        "set(apart_working_directory \"" +
                            directory_.string() +
                            "\")\n"
                            "set(apart_properties [===[" +
                            properties +
                            "]===])\n"
                            "set(apart_command \"" APART_SUBJECT "\")\n");
    const auto ended = run_program({APART_CMAKE, "-D", "settings=" + settings, "-D",
                                    "tests=" + (directory_ / "CTestTestfile.cmake").string(), "-P", APART_DISCOVER},
                                   suite.environment());
    CAPTURE(ended.output);
    REQUIRE(ended.status == 0);
  }

  std::vector<std::string> command(const std::string& selected, std::vector<std::string> more = {}) const {
    std::vector<std::string> all{APART_CTEST, "--test-dir", directory_.string(), "--output-on-failure", "-j4",
                                 "-R",        selected};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  program::result run(const std::string& selected, const std::vector<std::string>& more = {}) const {
    return run_program(command(selected, more), suite.environment());
  }

  /// Waits until no process of the run is left, which removes what stands in its places.
  void wait_until_nothing_is_left() const {
    REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1), [&] {
      try {
        return suite.files_left().empty();
      } catch (const fs::filesystem_error&) {
        return false;  // it is being removed
      }
    }));
  }

  const subject suite;

 private:
  const fs::path directory_;
};

}  // namespace

TEST_CASE("a set-up runs once for each call of ctest, and its tear-down once, behind all tests") {
  const project tests;
  const auto ended = tests.run("good");
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "100% tests passed, 0 tests failed out of 8"));
  CHECK(contains(ended.output, "suite.good; 4, [with] \"quotes\", $HOME, ${x}, * and \\"));
  auto journal = tests.suite.journal();
  CHECK(journal["set up server"] == 1);
  CHECK(journal["set up base"] == 1);
  CHECK(journal["used the server"] == 4);
  CHECK(journal.count("set up what nobody needs") == 0);
  const std::vector<std::string> notes = tests.suite.notes();
  REQUIRE(notes.size() > 2);
  CHECK(notes[notes.size() - 2] == "torn down base:1234");
  CHECK(notes.back() == "torn down base");
  CHECK(tests.suite.files_left().empty());

  const auto told = tests.run("good 1", {"-V"});
  CHECK(told.status == 0);
  CHECK(contains(told.output, "printed by the set-up"));
  CHECK_FALSE(contains(told.output, "apart: "));
  CHECK(tests.suite.journal()["set up server"] == 2);
  CHECK(tests.suite.journal()["torn down base"] == 2);
}

TEST_CASE("also where a test fails, and where one is killed") {
  const project tests;
  const auto ended = tests.run("good|fails|is killed");
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "2 tests failed out of 10"));
  auto journal = tests.suite.journal();
  CHECK(journal["set up server"] == 1);
  CHECK(journal["torn down base:1234"] == 1);
  CHECK(journal["used the server"] == 6);
  CHECK(tests.suite.files_left().empty());
}

TEST_CASE("also where ctest kills a test at its time-out") {
  const project tests("TIMEOUT;2;ENVIRONMENT;GIVEN_TO_ALL=1");
  const auto ended = tests.run("good|hangs");
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "***Timeout"));
  CHECK(contains(ended.output, "1 tests failed out of 9"));
  CHECK(tests.suite.journal()["set up server"] == 1);
  CHECK(tests.suite.journal()["torn down base:1234"] == 1);
  CHECK(tests.suite.files_left().empty());
}

TEST_CASE("two calls of ctest at once do not meet") {
  const project tests;
  program one(tests.command("good"), tests.suite.environment());
  program other(tests.command("good"), tests.suite.environment());
  CHECK(one.wait().status == 0);
  CHECK(other.wait().status == 0);
  CHECK(tests.suite.journal()["set up server"] == 2);
  CHECK(tests.suite.processes_of("set up server").size() == 2);
  CHECK(tests.suite.journal()["torn down base:1234"] == 2);
  CHECK(tests.suite.files_left().empty());
}

TEST_CASE("a killed ctest: what was set up is torn down") {
  const int signal = GENERATE(SIGKILL, SIGTERM);
  const project tests;
  {
    program run(tests.command("hangs"), tests.suite.environment());
    tests.suite.wait_for("hanging");
    run.signal(signal);
    for (const int left : tests.suite.processes_of("hanging")) ::kill(left, SIGKILL);  // which ctest orphans
    CHECK(run.wait().status == 128 + signal);
  }
  tests.suite.wait_for("torn down base");
  tests.wait_until_nothing_is_left();
  CHECK(tests.suite.journal()["torn down base:1234"] == 1);
}

TEST_CASE("a killed ctest: a set-up that runs is cancelled") {
  const project tests("", "set-up waits");
  {
    program run(tests.command("good 1"), tests.suite.environment());
    tests.suite.wait_for("set-up waits");
    run.signal(SIGKILL);
    run.wait();
  }
  tests.suite.wait_for("cancelled: ctest has ended");
  const std::set<int> keepers = tests.suite.processes_of("cancelled: ctest has ended");
  for (const int process : tests.suite.processes_of("initialized")) {
    if (keepers.count(process) == 0) ::kill(process, SIGKILL);  // which ctest orphans, and which would set it up now
  }
  tests.wait_until_nothing_is_left();
}

TEST_CASE("a set-up that throws runs once, and fails each test that asks, with its text") {
  const project tests("ENVIRONMENT;GIVEN_TO_ALL=1", "set-up throws");
  const auto ended = tests.run("good");
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "4 tests failed out of 8"));
  CHECK(count_of(ended.output, "no such image") == 4);
  CHECK(tests.suite.journal()["set up server"] == 1);
  CHECK(tests.suite.journal().count("torn down base:1234") == 0);
}

TEST_CASE("a tear-down that throws fails the test that stands for it") {
  const project tests("ENVIRONMENT;GIVEN_TO_ALL=1", "tear-down throws");
  const auto ended = tests.run("good");
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "1 tests failed out of 8"));
  CHECK(contains(ended.output, "suite (tear-down) (Failed)"));
  CHECK(contains(ended.output, "the disk is full"));
  CHECK(contains(ended.output, "printed by the set-up"));
  CHECK(tests.suite.journal()["torn down base"] == 1);
}

TEST_CASE("what a set-up leaves running ends with the run, with its children, and is named") {
  const project tests("ENVIRONMENT;GIVEN_TO_ALL=1", "leaves a process");
  const auto ended = tests.run("good 1", {"-V"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "a set-up has left running, which is ended: sh -c sleep 1000 "));
  CHECK(tests.suite.journal()["left running"] == 1);
  for (const int process : tests.suite.processes_of("left running")) CHECK(has_ended(process));
}

TEST_CASE("a killed keeper: the tests go on without it, and the tear-down says so") {
  const project tests("TIMEOUT;60;ENVIRONMENT;GIVEN_TO_ALL=1");
  program run(tests.command("hangs"), tests.suite.environment());
  tests.suite.wait_for("hanging");
  for (const int keeper : tests.suite.processes_of("set up server")) ::kill(keeper, SIGKILL);
  for (const int test : tests.suite.processes_of("hanging")) ::kill(test, SIGKILL);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "the process that kept the set-ups of this run is not there"));
  CHECK(contains(ended.output, "suite (tear-down) (Failed)"));
}

TEST_CASE("a per_run in a function, which the keeper does not have, works as without it") {
  const project tests;
  const auto ended = tests.run("local");
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  auto journal = tests.suite.journal();
  CHECK(journal["set up local"] >= 1);
  CHECK(journal["set up local"] == journal["torn down local"]);
}

TEST_CASE("serial tests run alone, and those of a group with place for one one after the other") {
  const project tests;
  CHECK(tests.run("serial|grouped|beside").status == 0);
  std::set<std::string> inside;
  for (const std::string& what : tests.suite.notes()) {
    if (what.rfind("out of ", 0) == 0) inside.erase(what.substr(7));
    if (what.rfind("in ", 0) != 0) continue;
    const std::string test = what.substr(3);
    const bool serial = test.rfind("serial", 0) == 0 || inside.count("serial 1") + inside.count("serial 2") > 0;
    CAPTURE(test, inside.size());
    CHECK((!serial || inside.empty()));
    CHECK((test.rfind("grouped", 0) != 0 || inside.count("grouped 1") + inside.count("grouped 2") == 0));
    inside.insert(test);
  }
}

TEST_CASE("properties are those of the tests, beside their own; of them the fixture has the environment alone") {
  const project tests("FIXTURES_REQUIRED;mine;RESOURCE_LOCK;disk;LABELS;slow;ENVIRONMENT;GIVEN_TO_ALL=1");
  const auto shown = [&](const std::string& selected) {
    return tests.run(selected, {"--show-only=json-v1", "-FA", "."}).output;
  };
  const std::string test = shown("grouped 1");
  for (const char* value : {"\"mine\"", "\"suite (run)\"", "\"disk\"", "\"table\"", "\"slow\"", "\"GIVEN_TO_ALL=1\""}) {
    CAPTURE(value, test);
    CHECK(contains(test, value));
  }
  const std::string fixture = shown("set-up");
  CAPTURE(fixture);
  CHECK(contains(fixture, "\"GIVEN_TO_ALL=1\""));
  CHECK_FALSE(contains(fixture, "\"slow\""));
  CHECK_FALSE(contains(fixture, "\"mine\""));
}

TEST_CASE("where ctest repeats each test, the set-ups are kept as well") {
  const project tests;
  const auto ended = tests.run("good", {"--repeat", "until-fail:3"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(tests.suite.journal()["set up server"] == 1);
  CHECK(tests.suite.journal()["torn down base:1234"] == 1);
}

TEST_CASE("what CTest never asks for is refused") {
  const subject suite;
  const auto refused = suite.run({"--ctest=what"});
  CHECK(refused.status == 2);
  CHECK(refused.output == "apart: --ctest=what: wants list:PREFIX, run, open or close\n");
}
