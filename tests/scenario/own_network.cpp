// A suite that listens on fixed ports becomes safe to run on many processes by one word on its command line.

#include <string>
#include <vector>

#include <apart/detail/own_network.hpp>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("without it they meet, with it each worker has ports of its own") {
  if (const int code = apart::detail::try_own_network()) {
    WARN("not run: this system gives no network of one's own, error " << code);
    return;
  }
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
  if (apart::detail::try_own_network() != 0) return;
  const subject suite;
  const auto ended = suite.run({"--procs=4", "--own-network", "[good],[.server],[.locks]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  check_good_tests_ran_once(suite);
  CHECK(suite.journal()["set-up"] == 1);
}

TEST_CASE("workers with networks of their own end with their launcher") {
  if (apart::detail::try_own_network() != 0) return;
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
  if (apart::detail::try_own_network() != 0) return;
  const subject suite;
  const auto ended = run_program({"/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c",
                                  "echo 0 >/proc/sys/user/max_net_namespaces && exec " + subject::command({}).front() +
                                      " --procs=2 --own-network '[good]'"},
                                 suite.environment());
  CAPTURE(ended.output);
  CHECK(ended.status == 2);
  CHECK(contains(ended.output, "apart: --own-network: the system gives no network of one's own"));
  CHECK(suite.journal().empty());
}
