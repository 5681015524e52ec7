// Suites that listen on fixed ports, or write to fixed absolute paths, become safe to run on many processes by one word on
// their command line.

#include <filesystem>
#include <string>
#include <vector>

#include <apart/detail/own_world.hpp>

#include "catch.hpp"
#include "support/subject.hpp"

using apart::detail::own_world;
using apart::detail::try_own_world;

namespace {

/// Whether this system gives networks and mounts of one's own; where not, that is said.
bool system_gives(bool network, bool tmp) {
  own_world world;
  world.network = network;
  world.tmp = tmp;
  world.start = "/";
  const int code = try_own_world(world);
  if (code != 0) WARN("not run: this system refuses, error " << code);
  return code == 0;
}

}  // namespace

TEST_CASE("without it they meet, with it each worker has ports of its own") {
  if (!system_gives(true, false)) return;
  const subject meeting;
  const auto met = meeting.run({"--procs=2", "--timeout=2s", "[.port]"});
  CAPTURE(met.output);
  CHECK(met.status == 1);

  const subject suite;
  const auto ended = suite.run({"--procs=2", "--own-network", "[.port]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "2 passed, 0 failed in "));
}

TEST_CASE("what the processes of a run have together they have with networks of their own, too") {
  if (!system_gives(true, false)) return;
  const subject suite;
  const auto ended = suite.run({"--procs=4", "--own-network", "[good],[.server],[.locks]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  check_good_tests_ran_once(suite);
  CHECK(suite.journal()["set-up"] == 1);
}

TEST_CASE("workers with networks of their own end with their launcher") {
  if (!system_gives(true, false)) return;
  const subject suite;
  program run(subject::command({"--procs=2", "--own-network", "[.deaf]"}), suite.environment());
  suite.wait_for("waiting");
  const int worker = *suite.processes_of("waiting").begin();
  run.signal(SIGKILL);
  run.wait();
  REQUIRE(
      apart::poll_until(apart::context::background(), std::chrono::milliseconds(1), [&] { return has_ended(worker); }));
}

TEST_CASE("a system that refuses is told before the first test") {
  if (!system_gives(true, false)) return;
  const subject suite;
  const auto ended = run_program({"/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c",
                                  "echo 0 >/proc/sys/user/max_net_namespaces && exec " + subject::command({}).front() +
                                      " --procs=2 --own-network '[good]'"},
                                 suite.environment());
  CAPTURE(ended.output);
  if (contains(ended.output, "unshare: ")) {
    WARN("not run: " << ended.output);  // in a chroot
    return;
  }
  CHECK(ended.status == 2);
  CHECK(contains(ended.output,
                 "apart: --own-network: the system refuses what they are made of (namespaces(7), seccomp(2)): "));
  CHECK(suite.journal().empty());
}

namespace {

/// The suite, started where its journal stands: that stays reachable.
program::result run_in_place(const subject& suite, const std::string& arguments, const std::string& path = {}) {
  auto environment = suite.environment();
  environment.push_back("SUBJECT_PATH=" + path);
  return run_program(
      {"/bin/sh", "-c",
       "cd " + suite.tmp().parent_path().string() + " && exec " + subject::command({}).front() + " " + arguments},
      environment);
}

program::result run_absolute(const subject& suite, const std::string& options, const std::string& path) {
  return run_in_place(suite, "--procs=2 " + options + " '[.absolute]'", path);
}

}  // namespace

TEST_CASE("with a /tmp of one's own, fixed names below it are free, and the run works as ever") {
  if (!system_gives(false, true)) return;
  const std::string path =
      GENERATE("/tmp/apart-test-fixed-name", "/var/tmp/apart-test-fixed-name", "/dev/shm/apart-test-fixed-name");
  const subject without;
  CHECK(run_absolute(without, "--timeout=2s", path).status == 1);
  std::filesystem::remove(path);
  const subject suite;
  const auto ended = run_absolute(suite, "--own-tmp", path);
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(suite.files_left().empty());
}

TEST_CASE("with a /tmp of one's own, start directory, roots and set-ups are what they are without") {
  if (!system_gives(false, true)) return;
  const subject suite;
  const auto ended =
      run_in_place(suite, "--procs=4 --own-tmp --own-network '[good],[.server],[.locks],[.directories]'");
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["set-up"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("with a view of one's own, a directory may be written to by all, and is not changed") {
  if (!system_gives(false, true)) return;
  const subject suite;
  const std::filesystem::path build = suite.tmp().parent_path() / "build";
  std::filesystem::create_directory(build);
  const std::string path = (build / "written").string();
  const auto ended = run_absolute(suite, "--own-path=" + build.string(), path);
  CAPTURE(ended.output);
  if (contains(ended.output, "apart: --own-path: the system refuses")) {
    WARN("not run: " << ended.output);
    return;
  }
  CHECK(ended.status == 0);
  CHECK(std::filesystem::is_empty(build));
  CHECK(suite.files_left().empty());
  const auto refused = run_absolute(suite, "--own-path=" + (build / "none").string(), path);
  CHECK(refused.status == 2);
  CHECK(contains(refused.output, "none: No such file or directory\n"));
}
