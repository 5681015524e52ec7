#include <apart/launch/keeper_process.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE(
    "when the launcher is killed its workers go, with what they have started, and the keeper tears down after them") {
  const subject suite;
  std::set<int> processes;
  {
    program run(subject::command({"--procs=3", "[.server],[.strays],[.waits]"}), suite.environment());
    suite.wait_for("waiting");
    suite.wait_for("set-up");
    suite.wait_for("stray");
    processes = suite.processes_of("initialized");
    CHECK(processes.size() >= 2);
    processes.merge(suite.processes_of("stray"));
    run.kill();
    run.wait();
  }
  suite.wait_for("torn down 22");
  CHECK(suite.journal()["torn down 22"] == 1);
  for (const int process : processes) {
    CHECK(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1),
                            [&] { return !is_alive(process); }));
  }
  CHECK(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1),
                          [&] { return suite.files_left().empty(); }));
}
