#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("every test runs once, in one of the workers, and the initializers once in each of them") {
  const int procs = GENERATE(1, 2, 4);
  const subject suite;
  const auto ended = suite.run({"--procs=" + std::to_string(procs), "[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "11 passed, 0 failed in "));
  check_good_tests_ran_once(suite);
  CHECK(suite.processes_of("initialized").size() == static_cast<std::size_t>(suite.journal()["initialized"]));
  CHECK(suite.processes_of("initialized").size() <= static_cast<std::size_t>(procs));
  CHECK(suite.files_left().empty());
}

TEST_CASE("a test that takes its worker with it is failed and named with how it died; all others run once") {
  struct death {
    const char* tag;
    const char* name;
    const char* how;
  };
  const auto death = GENERATE(values<struct death>({
      {"[.leaves]", "leaves with _exit(0)", "exited with status 0 in this test"},
      {"[.exits]", "leaves with exit(0)", "exited with status 0 in this test"},
      {"[.aborts]", "aborts", "was killed by SIGABRT in this test"},
      {"[.segfaults]", "segfaults", "was killed by SIGSEGV in this test"},
      {"[.killed]", "is killed", "was killed by SIGKILL in this test"},
  }));
  const int procs = GENERATE(1, 2, 4);
  const subject suite;
  const auto ended = suite.run({"--procs=" + std::to_string(procs), "[good]," + std::string(death.tag)});
  CAPTURE(ended.output, procs);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
  CHECK(contains(ended.output, std::string("FAILED: ") + death.name));
  CHECK(contains(ended.output, death.how));
  CHECK(suite.journal().count("cleaned up in a signal handler") == 0);
  check_good_tests_ran_once(suite);
  CHECK(suite.files_left().empty());
}

TEST_CASE("whatever ends a process in whichever test: that one failed, each other one ran once, nothing ran twice") {
  struct death {
    const char* verb;
    const char* how;
  };
  const auto death = GENERATE(values<struct death>({
      {"_exits", "exited with status 0"},
      {"exits", "exited with status 0"},
      {"quick_exits", "exited with status 0"},
      {"aborts", "was killed by SIGABRT"},
      {"segfaults", "was killed by SIGSEGV"},
      {"overflows", "was killed by SIGSEGV"},
      {"is-killed", "was killed by SIGKILL"},
  }));
  const int victim = GENERATE(1, 3, 5);
  const int procs = GENERATE(1, 2, 4);
  const std::string which = "victim " + std::to_string(victim);
  const subject suite(which + ' ' + death.verb);
  const auto ended = suite.run({"--procs=" + std::to_string(procs), "[.victims]"});
  CAPTURE(ended.output, which, death.verb, procs);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "4 passed, 1 failed in "));
  CHECK(contains(ended.output, "FAILED: " + which + " (worker "));
  CHECK(contains(ended.output, std::string(death.how) + " in this test\n"));
  auto journal = suite.journal();
  for (int number = 1; number <= 5; ++number) {
    CHECK(journal["victim " + std::to_string(number) + " began"] == 1);
    CHECK(journal["victim " + std::to_string(number) + " ended"] == (number == victim ? 0 : 1));
  }
  CHECK(suite.files_left().empty());
}

TEST_CASE("where every test takes its process with it, each is failed and named") {
  const int procs = GENERATE(1, 2, 4);
  const subject suite("every victim is-killed");
  const auto ended = suite.run({"--procs=" + std::to_string(procs), "[.victims]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "0 passed, 5 failed in "));
  CHECK(count_of(ended.output, "FAILED: victim ") == 5);
}

TEST_CASE("processes that die are replaced a bounded number of times, then the run is given up") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.many-victims]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(count_of(ended.output, "FAILED: ") == 23);
  CHECK(contains(ended.output, "apart: too many workers have died; the remaining tests are not run\n"));
  CHECK(contains(ended.output, "0 passed, 23 failed, 7 never ran in "));
}

TEST_CASE("--isolate runs each test in a process of its own, and keeps the order of serial ones") {
  const int procs = GENERATE(1, 3);
  const subject suite;
  const auto ended = suite.run({"--procs=" + std::to_string(procs), "--isolate", "[good],[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  check_good_tests_ran_once(suite);
  std::set<int> processes;
  for (int number = 1; number <= 8; ++number) {
    for (const int pid : suite.processes_of("ran passing test " + std::to_string(number))) processes.insert(pid);
  }
  CHECK(processes.size() == 8);
  CHECK(suite.journal()["set-up"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("--isolate fails a test that takes its process with it, and no other") {
  const subject suite("victim 3 _exits");
  const auto ended = suite.run({"--procs=2", "--isolate", "[.victims]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "4 passed, 1 failed in "));
}

TEST_CASE("--isolate names each of many that die, and ends where no process has the launcher's tests") {
  const subject suite;
  const auto many = suite.run({"--procs=1", "--isolate", "[.many-victims]"});
  CAPTURE(many.output);
  CHECK(many.status == 1);
  CHECK(contains(many.output, "0 passed, 30 failed in "));

  const subject different("lists differ");
  const auto refused = different.run({"--procs=2", "--isolate", "[.named],[good]"});
  CAPTURE(refused.output);
  CHECK(refused.status == 5);
  CHECK(contains(refused.output, "are not those of the launcher"));
}

TEST_CASE("--fail-fast cancels the tests that run, with that cause, and runs their clean-ups") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--fail-fast", "[.fail-fast]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(suite.journal()["told: the run stops at a failure: fails once another one waits"] == 1);
}

TEST_CASE("what a test and its children print stands in one piece, also without a last newline") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "--verbose", "[.pieces],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  const bool first_of_its_worker = contains(ended.output, "[.pieces],[good]\nbegun by the test");  // behind a heading
  CHECK((first_of_its_worker || contains(ended.output, ")\nbegun by the test")));
  CHECK(contains(ended.output, "\nbegun by the test, gone on by its child, said on stderr, without an end\n"));
}

TEST_CASE("a process that a test leaves is named with that test, which passes; so is one in a session of its own") {
  const int procs = GENERATE(1, 2);
  const subject suite;
  const auto ended = suite.run({"--procs=" + std::to_string(procs), "[.strays],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  const std::string left = " (worker ";
  for (const std::string test : {"leaves a process behind", "leaves a process behind in a session of its own"}) {
    const std::size_t at = ended.output.find("passed: " + test + " (worker ");
    REQUIRE(at != std::string::npos);
    const std::string next_line = ended.output.substr(ended.output.find('\n', at) + 1);
    CHECK(next_line.find("left running: /") == 0);
    CHECK(contains(next_line.substr(0, next_line.find('\n')), "; it ends with the run"));
  }
  CHECK(contains(ended.output, "2 left processes running in "));
  for (const int stray : suite.processes_of("stray")) {
    CHECK(contains(ended.output, "(process " + std::to_string(stray) + ")"));
    CHECK_FALSE(is_alive(stray));
  }
}

TEST_CASE("a program that is only being started when its test ends is named, too") {
  for (int times = 0; times < 20; ++times) {
    const subject suite;
    const auto ended = suite.run({"--procs=1", "[.daemon-by-shell]"});
    CAPTURE(ended.output);
    CHECK(contains(ended.output, "1 left processes running in "));
  }
}

TEST_CASE("what is started for an object of the process belongs to that, and is not named") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.owned],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK_FALSE(contains(ended.output, "left running"));
  const std::set<int> strays = suite.processes_of("owned stray");
  REQUIRE(strays.size() == 1);
  CHECK_FALSE(is_alive(*strays.begin()));
}

TEST_CASE("more workers than the system allows are fewer, with a line that says so") {
  const subject suite;
  const auto ended = run_program({"/bin/sh", "-c", "ulimit -n 60; exec \"$0\" --procs=50 '[good],[.server],[.fails]'",
                                  subject::command({}).front()},
                                 suite.environment());
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, " of 16 workers run, the system allows no more ("));
  CHECK(contains(ended.output, "14 passed, 2 failed in "));
  check_good_tests_ran_once(suite);
}

TEST_CASE("the last words of a test that dies are shown") {
  const subject suite;
  CHECK(contains(suite.run({"--procs=2", "[.aborts]"}).output, "last words"));
}

TEST_CASE("a worker that dies before its first test ends the run at once, with its stderr") {
  const subject suite("static initialisation crashes");
  const auto ended = suite.run({"--procs=2", "[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(contains(ended.output, "was killed by SIGABRT before its first test"));
  CHECK(contains(ended.output, "the constructor is broken"));
  CHECK(contains(ended.output, "11 never ran"));
}

TEST_CASE("a worker that dies after its last test fails the run") {
  const subject suite("static destruction crashes");
  const auto ended = suite.run({"--procs=2", "[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "was killed by SIGABRT after its last test"));
}

TEST_CASE("workers whose tests differ are refused with the difference") {
  const subject suite("lists differ");
  const auto ended = suite.run({"--procs=2", "[.named]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(contains(ended.output, "number 1 is \"named by its process "));
}

TEST_CASE("--fail-fast hands out no further test, and the run has failed, not lost them") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--fail-fast", "[.fails]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "0 passed, 1 failed, 1 never ran"));
}

TEST_CASE("Catch2's own limit of failures counts tests, not assertions") {
  const subject suite;
  CHECK(contains(suite.run({"--procs=1", "--abort", "[.fails]"}).output, "0 passed, 1 failed, 1 never ran"));
  const auto two = suite.run({"--procs=1", "--abortx=2", "[.fails],[.four]"});
  CHECK(two.status == 1);
  CHECK(contains(two.output, "0 passed, 2 failed, 1 never ran"));
  const auto four = suite.run({"--procs=1", "--abortx=2", "[.four]"});
  CHECK(count_of(four.output, "CHECK( 1 == 2 )") == 4);
}

TEST_CASE("a test that closes every descriptor fails alone") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[.closes],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "11 passed, 1 failed"));
  check_good_tests_ran_once(suite);
}
