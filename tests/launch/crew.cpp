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

TEST_CASE("a test that closes every descriptor fails alone") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[.closes],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "11 passed, 1 failed"));
  check_good_tests_ran_once(suite);
}
