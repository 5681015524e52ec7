#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("when the launcher is killed its workers go, and the keeper tears down after them") {
  const subject suite;
  std::set<int> processes;
  {
    program run(subject::command({"--procs=2", "[.server],[.waits]"}), suite.environment());
    suite.wait_for("waiting");
    suite.wait_for("set-up");
    processes = suite.processes_of("initialized");
    CHECK(processes.size() >= 2);
    run.signal(SIGKILL);
    run.wait();
  }
  suite.wait_for("torn down 22");
  CHECK(suite.journal()["torn down 22"] == 1);
  for (const int process : processes) {
    CHECK(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1),
                            [&] { return !is_alive(process); }));
  }
}

TEST_CASE("when the launcher is killed, too, what bodies have claimed goes before the tear-down") {
  const subject suite("launcher is killed");
  suite.run({"--procs=2", "[claiming]"});
  suite.wait_for("cleaned up of the set-up");
  std::vector<std::string> ends;
  for (const std::string& note : suite.notes()) {
    if (note != "initialized") ends.push_back(note);
  }
  CHECK(ends == std::vector<std::string>{"cleaned up of a body", "claiming torn down", "cleaned up of the set-up"});
  REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1),
                            [&] { return suite.files_left().empty(); }));
}
