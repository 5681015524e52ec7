// Machines as one kernel can play them: each has a network, processes and temporary files of its own, and one link to the
// network of the PostgreSQL where their launchers meet.

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <set>
#include <string>
#include <vector>

#include <sched.h>
#include <unistd.h>

#include <apart/interop/postgres.hpp>

#include "catch.hpp"
#include "support/postgresql_server.hpp"
#include "support/subject.hpp"

namespace {

bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

/// The network of the server: this process leaves that of its host, so nothing meets other tests, and nothing is left.
support::postgresql_server& the_server() {
  static support::postgresql_server& server = []() -> support::postgresql_server& {
    if (::unshare(CLONE_NEWNET) != 0 || !run("ip link set lo up && ip link add probe type veth && ip link del probe")) {
      std::puts("skipped: a network of one's own takes root, ip(8) and veth(4)");
      std::fflush(stdout);
      std::_Exit(77);
    }
    static support::postgresql_server started("*", "10.0.0.0/8");
    return started;
  }();
  return server;
}

class machine {
 public:
  machine(const subject& suite, const std::string& run_id, int number, const std::string& arguments)
      : link_("m" + std::to_string(number)), process_(command(arguments, number), environment(suite, run_id, number)) {
    const std::string hub = address(number, 1);
    // It shares the network of its parent until unshare(1) has run.
    const std::string own = "/proc/" + std::to_string(process_.id()) + "/ns/net";
    REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1), [&] {
      return has_ended(process_.id()) || name_of(own) != name_of("/proc/thread-self/ns/net");
    }));
    REQUIRE(run("ip link add " + link_ + " type veth peer name uplink netns " + std::to_string(process_.id()) +
                " && ip addr add " + hub + "/30 dev " + link_ + " && ip link set " + link_ + " up"));
  }
  ~machine() { run("ip link del " + link_ + " 2>/dev/null"); }

  void cut() const { REQUIRE(run("ip link set " + link_ + " down")); }
  /// With all processes on it.
  void kill() {
    process_.signal(SIGKILL);
    process_.wait();
  }
  program::result wait() { return process_.wait(); }

 private:
  static std::string address(int number, int end) {
    return "10.0." + std::to_string(number) + "." + std::to_string(end);
  }
  static std::string name_of(const std::string& space) {
    char name[64] = {};
    return ::readlink(space.c_str(), name, sizeof name - 1) > 0 ? name : std::string();
  }

  /// The shell stays, as the machine's process 1: with it the kernel kills all others at once, before any of them can notice
  /// the death of another (pid_namespaces(7)).
  static std::vector<std::string> command(const std::string& arguments, int number) {
    // Inside a chroot the root is no mount, whose propagation could be changed.
    static const bool is_mount = run("unshare --mount true 2>/dev/null");
    return {"/usr/bin/unshare",
            is_mount ? "--propagation=private" : "--propagation=unchanged",
            "--net",
            "--pid",
            "--fork",
            "--kill-child=SIGKILL",
            "--mount-proc",
            "--",
            "/bin/sh",
            "-c",
            "until ip addr add " + address(number, 2) + "/30 dev uplink 2>/dev/null; do sleep 0.01; done\n" +
                "ip link set lo up && ip link set uplink up && " + subject::command({}).front() + ' ' + arguments +
                "\nexit $?"};
  }

  static std::vector<std::string> environment(const subject& suite, const std::string& run_id, int number) {
    const std::filesystem::path place = suite.tmp() / std::to_string(number);
    std::filesystem::create_directory(place);
    auto all = suite.environment();
    all.push_back("APART_TMPDIR=" + place.string());
    all.push_back("APART_COORDINATOR=" + the_server().url(address(number, 1)));
    all.push_back("APART_RUN_ID=" + run_id);
    return all;
  }

  const std::string link_;
  program process_;
};

/// A run over such machines.
class run_of_machines {
 public:
  run_of_machines() : keeps_it_open_(the_server().url(), id_) {}

  machine& start(const std::string& arguments) {
    return machines_.emplace_back(suite, id_, static_cast<int>(machines_.size()) + 1, arguments);
  }

  const subject suite;

 private:
  const std::string id_ = apart::unique_name("run");
  const apart::postgres_coordinator keeps_it_open_;
  std::list<machine> machines_;
};

}  // namespace

TEST_CASE("three machines of four processes each are one run") {
  run_of_machines run;
  std::vector<machine*> machines;
  for (int number = 0; number < 3; ++number) machines.push_back(&run.start("--procs=4 '[all]'"));
  int passed = 0;
  for (machine* const one : machines) {
    const auto ended = one->wait();
    CAPTURE(ended.output);
    CHECK(ended.status == 0);
    passed += passed_in(ended.output);
  }
  CHECK(passed == 15);
  int names = 0;
  for (const auto& [what, times] : run.suite.journal()) {
    CAPTURE(what);
    if (what.find("worker ") == 0) {
      CHECK(std::stoi(what.substr(7)) < 12);
    } else {
      CHECK(times == 1);
    }
    names += what.find("name ") == 0 ? 1 : 0;
  }
  CHECK(names == 12);
}

TEST_CASE("a machine that is switched off takes its test along, and what it had set up is torn down by another") {
  run_of_machines run;
  machine& first = run.start("--procs=1 '[.once]'");
  run.suite.wait_for("once set up");
  machine& second = run.start("--procs=1 '[.once]'");
  run.suite.wait_for("second uses it");
  first.kill();
  run.suite.add("go");
  const auto ended = second.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output,
                 "not finished, since its machine has died: needs what is set up once, first (machine 0)\n"));
  CHECK(run.suite.journal().at("once set up") == 1);
  CHECK(run.suite.journal().at("once torn down") == 1);
}

TEST_CASE("a machine whose link is cut cancels its tests, and the others name them") {
  run_of_machines run;
  machine& first = run.start("--procs=1 '[.holds]'");
  run.suite.wait_for("holding");
  machine& second = run.start("--procs=1 '[.holds]'");
  run.suite.wait_for("ran behind");
  const auto cut = std::chrono::steady_clock::now();
  first.cut();
  const auto of_first = first.wait();
  CAPTURE(of_first.output);
  CHECK(of_first.status == 5);
  CHECK(contains(of_first.output, "and with it all locks"));
  CHECK_FALSE(contains(of_first.output, "the run ends here"));
  CHECK(std::chrono::steady_clock::now() - cut < std::chrono::seconds(15));
  const auto of_second = second.wait();
  CAPTURE(of_second.output);
  CHECK(of_second.status == 1);
  CHECK(contains(of_second.output,
                 "not finished, since its machine has died: waits until its context ends (machine 0)\n"));
}
