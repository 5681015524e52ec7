// "Machines" are launchers with temporary directories of their own, which meet on one PostgreSQL.

#include <csignal>
#include <filesystem>
#include <list>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/coordinators.hpp"
#include "support/subject.hpp"

using support::the_postgresql;

namespace {

/// A run over machines that share one journal.
class shared_run {
 public:
  program& start(const std::string& arguments, const std::string& url = the_postgresql().url()) {
    const std::filesystem::path place = suite.tmp() / std::to_string(machines_.size());
    std::filesystem::create_directory(place);
    auto environment = suite.environment();
    for (const std::string& variable :
         {"APART_TMPDIR=" + place.string(), "APART_COORDINATOR=" + url, "APART_RUN_ID=" + id_}) {
      environment.push_back(variable);
    }
    return machines_.emplace_back(
        std::vector<std::string>{"/bin/sh", "-c", "exec " + subject::command({}).front() + " " + arguments},
        environment);
  }

  /// Until so many have come.
  void wait_for(int machines) const {
    const std::string asked = "select number from apart.entries where name = 'count machines' and run = '" + id_ + "'";
    REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1), [&] {
      const auto found = the_postgresql().ask(asked);
      return !found.empty() && std::stoi(found.front()) == machines;
    }));
  }

  const subject suite;

  /// A member that is no machine.
  apart::postgres_coordinator& member() { return member_; }

 private:
  const std::string id_ = apart::unique_name("run");
  apart::postgres_coordinator member_{the_postgresql().url(), id_};  // keeps it open: a machine may be slow to come
  std::list<program> machines_;
};

}  // namespace

TEST_CASE("three machines are one run: each test once, workers and names that nobody else has, serial tests alone") {
  shared_run run;
  std::vector<program*> machines;
  for (int machine = 0; machine < 3; ++machine) machines.push_back(&run.start("--procs=2 '[all]'"));
  int passed = 0;
  for (program* const machine : machines) {
    const auto ended = machine->wait();
    CAPTURE(ended.output);
    CHECK(ended.status == 0);
    CHECK(contains(ended.output, " of the run: run_lock, ports and groups are this machine's own\n"));
    passed += passed_in(ended.output);
  }
  CHECK(passed == 15);
  std::set<std::string> workers;
  int names = 0;
  for (const auto& [what, times] : run.suite.journal()) {
    CAPTURE(what);
    const bool counts = what.find("worker ") != 0;
    if (counts) CHECK(times == 1);
    if (!counts) workers.insert(what);
    names += what.find("name ") == 0 ? 1 : 0;
  }
  CHECK(names == 12);
  for (const std::string& worker : workers) CHECK(std::stoi(worker.substr(7)) < 6);
  const std::vector<std::string> notes = run.suite.notes();
  for (std::size_t at = 0; at + 1 < notes.size(); ++at) {
    if (notes[at].find("begins alone") != 0) continue;
    CHECK(notes[at + 1] == "ends alone" + notes[at].substr(12));
  }
}

TEST_CASE("a machine that comes late, when all is taken, has nothing to do") {
  shared_run run;
  program& first = run.start("--procs=2 '[.holds]'");
  run.suite.wait_for("holding");
  run.suite.wait_for("ran behind");
  program& second = run.start("--procs=2 '[.holds]'");
  run.wait_for(2);
  first.signal(SIGINT);
  CHECK(first.wait().status == 5);
  const auto ended = second.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "0 passed, 0 failed"));
  CHECK(run.suite.journal().at("holding") == 1);
  CHECK(run.suite.journal().at("ran behind") == 1);
}

TEST_CASE("a machine that is killed takes only what it was running: the others name it, and run the rest") {
  shared_run run;
  program& first = run.start("--procs=1 '[.holds],[all]'");
  run.suite.wait_for("holding");
  program& second = run.start("--procs=1 '[.holds],[all]'");
  run.suite.wait_for("ran behind");
  first.signal(SIGKILL);
  first.wait();
  const auto ended = second.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "not finished, since its machine has died: waits until its context ends (machine 0)\n"));
  CHECK(count_of(ended.output, "not finished") == 1);
  CHECK(run.suite.journal().at("ran 12") == 1);
  CHECK(run.suite.journal().at("ends alone 3") == 1);
}

TEST_CASE("a machine that somebody takes for dead while it comes is alive once it runs tests") {
  shared_run run;
  REQUIRE(run.member().try_lock("machine 0"));  // as one does that looks whether it is
  program& machine = run.start("--procs=1 '[.holds]'");
  run.wait_for(1);
  run.member().unlock("machine 0");
  run.suite.wait_for("holding");
  CHECK_FALSE(run.member().try_lock("machine 0"));
  machine.signal(SIGINT);
  machine.wait();
}

TEST_CASE("what is set up for the run is set up once, and goes last; what is set up for a machine, on each") {
  shared_run run;
  program& first = run.start("--procs=1 '[.shared]'");
  program& second = run.start("--procs=1 '[.shared]'");
  for (program* const machine : {&first, &second}) {
    const auto ended = machine->wait();
    CAPTURE(ended.output);
    CHECK(ended.status == 0);
    CHECK(passed_in(ended.output) == 1);
  }
  auto journal = run.suite.journal();
  CHECK(journal["once set up"] == 1);
  CHECK(journal["each set up"] == 2);
  const auto notes = run.suite.notes();
  CHECK(std::set<std::string>(notes.begin(), notes.end()).size() == 5);
  REQUIRE(notes.size() == 8);
  CHECK(std::vector<std::string>(notes.end() - 3, notes.end()) ==
        std::vector<std::string>{"each torn down", "each torn down", "once torn down"});
}

TEST_CASE("a machine that dies with what it has set up for the run: the last that uses it tears it down") {
  shared_run run;
  program& first = run.start("--procs=1 '[.once]'");
  run.suite.wait_for("once set up");
  program& second = run.start("--procs=1 '[.once]'");
  run.suite.wait_for("second uses it");
  ::kill(*run.suite.processes_of("once set up").begin(), SIGKILL);
  first.signal(SIGKILL);
  first.wait();
  run.suite.add("go");
  const auto ended = second.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "not finished, since its machine has died: needs what is set up once, first"));
  CHECK(run.suite.journal().at("once set up") == 1);
  CHECK(run.suite.journal().at("once torn down") == 1);
}

TEST_CASE("a machine that dies, or is interrupted, while it sets up for the run: another one that waits does it") {
  const int signal = GENERATE(SIGKILL, SIGINT);
  shared_run run;
  program& first = run.start("--procs=1 '[.slow]'");
  run.suite.wait_for("slow begins");
  program& second = run.start("--procs=1 '[.slow]'");
  run.wait_for(2);
  first.signal(signal);
  first.wait();
  const auto ended = second.wait();
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "1 passed, 0 failed"));
  auto journal = run.suite.journal();
  CHECK(journal["slow begins"] == 2);
  CHECK(journal["got 1"] == 1);
  CHECK(journal["slow torn down"] == 1);
}

TEST_CASE("what cannot be set up for the run fails whoever needs it, on all machines") {
  shared_run run;
  program& first = run.start("--procs=1 '[.broken]'");
  program& second = run.start("--procs=1 '[.broken]'");
  for (program* const machine : {&first, &second}) {
    const auto ended = machine->wait();
    CAPTURE(ended.output);
    CHECK(ended.status == 4);
    CHECK(contains(ended.output, "per_run \"broken\": its set-up failed: no port is free"));
  }
  CHECK(run.suite.journal().at("broken begins") == 1);
}

TEST_CASE("two runs at once on one server do not meet") {
  shared_run one;
  shared_run other;
  program& first = one.start("--procs=2 '[all]'");
  program& second = other.start("--procs=2 '[all]'");
  CHECK(passed_in(first.wait().output) == 15);
  CHECK(passed_in(second.wait().output) == 15);
}

TEST_CASE("a machine with other tests is refused") {
  shared_run run;
  program& first = run.start("--procs=2 '[.holds]'");
  run.suite.wait_for("holding");
  const auto refused = run.start("--procs=2 '[all]'").wait();
  CHECK(refused.status == 2);
  CHECK(contains(refused.output, "apart: the tests of this machine are not those of the run: 2 "));
  first.signal(SIGINT);
  first.wait();
}

TEST_CASE("a server that goes away cancels the run, with the reason") {
  shared_run run;
  program& machine = run.start("--procs=1 '[.holds]'");
  run.suite.wait_for("holding");
  the_postgresql().stop();
  const auto ended = machine.wait();
  the_postgresql().start();
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(contains(ended.output, "the connection is lost, and with it all locks"));
  CHECK(run.suite.journal().size() >= 2);
}

TEST_CASE("what hinders a part in the run is said before the first test") {
  shared_run run;
  const int port = the_postgresql().port();
  const auto refused = run.start("--procs=2 '[all]'", support::postgresql_server::url_by(port, "wrong")).wait();
  CHECK(refused.status == 2);
  CHECK(contains(refused.output, "password authentication failed"));
  const auto divided = run.start("--procs=2 --shard=1/2 '[all]'").wait();
  CHECK(divided.status == 2);
  CHECK(contains(divided.output, "--shard, --repeat and --until-it-fails are for a run on one machine"));
  const auto unknown = run.start("--procs=2 '[all]'", "mysql://localhost").wait();
  CHECK(unknown.status != 0);
  CHECK(contains(unknown.output, "APART_COORDINATOR='mysql:...' is not known here"));
  CHECK(run.suite.journal().empty());
}
