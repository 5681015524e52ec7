#include <apart/launch/crew.hpp>

#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("every test runs once, in one of the workers, and the initializers once in each of them") {
  const int procs = GENERATE(1, 4);
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
      {"[.aborts]", "aborts", "exited with status 3, as abort() does in this test"},
      {"[.segfaults]", "writes where nothing is", "was ended by an access violation (0xC0000005) in this test"},
      {"[.illegal]", "raises an illegal instruction", "was ended by an illegal instruction (0xC000001D) in this test"},
      {"[.killed]", "is killed", "exited with status 9 in this test"},
  }));
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[good]," + std::string(death.tag)});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
  CHECK(contains(ended.output, std::string("FAILED: ") + death.name));
  CHECK(contains(ended.output, death.how));
  if (death.tag == std::string("[.segfaults]")) CHECK(contains(ended.output, "printed before the crash\n"));
  if (death.tag == std::string("[.aborts]")) CHECK(contains(ended.output, "last words"));
  check_good_tests_ran_once(suite);
  CHECK(suite.files_left().empty());
}

TEST_CASE("what a test prints by its stdout, its streams and its stderr stands in one piece") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--verbose", "[.pieces],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "begun by the test, gone on by a stream, said on stderr,\nwithout an end\n"));
}

TEST_CASE("a process that a test leaves is named with that test, which passes, and ends with the run") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.strays],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  REQUIRE(suite.processes_of("stray").size() == 1);
  const int stray = *suite.processes_of("stray").begin();
  CHECK(contains(ended.output,
                 "left running: suite.exe (process " + std::to_string(stray) + "); it ends with the run\n"));
  CHECK(contains(ended.output, "1 left processes running in "));
  CHECK_FALSE(is_alive(stray));
}

TEST_CASE("what a killed test has started ends before another worker takes its place") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.killed-strays],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
  for (const int stray : suite.processes_of("stray")) CHECK_FALSE(is_alive(stray));
}

TEST_CASE("a worker that dies before its first test ends the run at once, with its stderr") {
  const subject suite("static initialisation crashes");
  const auto ended = suite.run({"--procs=2", "[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(contains(ended.output, "exited with status 3, as abort() does before its first test"));
  CHECK(contains(ended.output, "the constructor is broken"));
  CHECK(contains(ended.output, "11 never ran"));
}

TEST_CASE("workers whose tests differ are refused with the difference") {
  const subject suite("lists differ");
  const auto ended = suite.run({"--procs=2", "[.named]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(contains(ended.output, "number 1 is \"named by its process "));
}

TEST_CASE("each worker is told the run, its index and how many there are, and keeps its lines to the launcher") {
  const subject suite;
  const auto ended = suite.run({"--procs=3", "[good],[.whoami],[.helper]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["run is known, worker below 3, from the launcher"] == 1);
}

TEST_CASE("how a process ended is told by the name that the system has for it") {
  using apart::detail::how_it_ended;
  CHECK(how_it_ended(7) == "exited with status 7");
  CHECK(how_it_ended(-1) == "exited with status -1");
  CHECK(how_it_ended(static_cast<int>(0xc00000fd)) ==
        "was ended by a stack overflow (0xC00000FD)");  // Wine 8 hangs there
  CHECK(how_it_ended(static_cast<int>(0xc0000409)) == "was ended by a fast failure, such as abort() (0xC0000409)");
  CHECK(how_it_ended(static_cast<int>(0xc0000001)) == "exited with status 0xC0000001");
}
