// Processes that share a set-up are killed at any moment, and at each of their system calls in turn. Whatever happens: no
// process hangs, at most one set-up runs at a time, nobody gets a payload whose infrastructure is not up, the tear-down of
// a generation completes before the next set-up, no lock stays held, and the run after that finds nothing.
//
// APART_TORTURE=<rounds> makes the random part longer.

#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>

#include "scenario/shared_set_up/members.hpp"

namespace {

const bool told_of_dead_ones = ::signal(SIGPIPE, SIG_IGN) != SIG_ERR;

int rounds(int by_default) {
  const char* const told = std::getenv("APART_TORTURE");
  return told != nullptr ? std::atoi(told) : by_default;
}

/// In a journal what is up goes, by the tear-down, or as what a set-up claimed whose process was killed in it, before the
/// next comes up. A tear-down or a clean-up whose process was killed is repeated.
void check_journal(const run_of_members& run) {
  bool up = false;
  for (const std::string& line : run.journal()) {
    CAPTURE(line);
    if (line == "server up") {
      CHECK_FALSE(up);
      up = true;
    } else if (line.rfind("server down ", 0) == 0 || line.rfind("cleaned ", 0) == 0) {
      up = false;
    }
  }
  CHECK_FALSE(up);
}

/// The run goes on as if nothing had been: whoever comes next tears down what is left and sets up. The run after that
/// sweeps what a process left that was killed while it made or removed a directory.
void check_recovery(const run_of_members& run) {
  for (const char* const run_id : {"run", "next run"}) {
    member next(run, "claim-it", APART_MEMBER, run_id);
    next.does("get", "got server-" + std::to_string(next.id()));
    next.does("is up?", "\nup\n");
    next.does("lock", "locked\n");
    next.tell("exit");
    CHECK(next.wait().status == 0);
    CHECK(run.infrastructure().empty());
    check_journal(run);
  }
  CHECK(support::names_in(run.here().root()) == std::vector<std::string>());
}

/// Whether the member that this is told of may be believed: it said what it got while it was not killed.
void check_output(const std::string& output) {
  CAPTURE(output);
  CHECK_FALSE(has(output, "not up"));
  CHECK_FALSE(has(output, "cannot"));
  CHECK((!has(output, "failed: ") || has(output, "its set-up did not return: process ")));
}

bool can_trace() {
  if (std::system("strace -f -o /dev/null true 2>/dev/null") == 0) return true;
  std::cout << "left out: strace is not installed, or may not trace here\n";
  return false;
}

/// A member to which something happens at one of its system calls. LeakSanitizer refuses to be traced, so it is left out.
std::vector<std::string> traced(const std::string& injection) {
  const char* const options = std::getenv("ASAN_OPTIONS");
  const std::string without_leaks = (options != nullptr ? std::string(options) + ':' : "") + "detect_leaks=0";
  return {"/usr/bin/strace",     "-f",        "-o", "/dev/null", "-E", "ASAN_OPTIONS=" + without_leaks, "-e",
          "inject=" + injection, APART_MEMBER};
}

/// Whether it lives until then.
bool says(program& one, const std::string& text) {
  try {
    one.wait_for_output(text);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

TEST_CASE("processes are killed at random moments") {
  std::mt19937 random(std::random_device{}());
  const auto below = [&](int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random); };
  int kills = 0;
  int joins = 0;
  int all_killed = 0;
  const int count = rounds(15);
  for (int round = 0; round < count; ++round) {
    const run_of_members run;
    std::deque<member> members;
    std::vector<member*> living;
    const int size = 2 + below(14);
    for (int i = 0; i < size; ++i) {
      living.push_back(&members.emplace_back(run, "claim-it"));
      // What stands in a pipe is done one after the other, however fast the process comes to it.
      for (const char* const command : {"lock", "get", "is up?", "lock", "exit"}) living.back()->tell(command);
      while (below(3) == 0 && !living.empty()) {
        std::this_thread::sleep_for(std::chrono::microseconds(below(4000)));  // what it is torn from is left to chance
        const auto victim = living.begin() + below(static_cast<int>(living.size()));
        (*victim)->signal(SIGKILL);
        living.erase(victim);
        ++kills;
      }
    }
    if (below(2) == 0) {
      ++all_killed;
      std::this_thread::sleep_for(std::chrono::microseconds(below(8000)));
      for (member* const one : living) one->signal(SIGKILL);
      kills += static_cast<int>(living.size());
    }
    for (member& one : members) {
      const program::result ended = one.wait();
      check_output(ended.output);
      joins += has(ended.output, "got ") ? 1 : 0;
    }
    check_recovery(run);
  }
  std::cout << count << " rounds, " << all_killed << " in which all were killed, " << kills << " kills, " << joins
            << " joins\n";
}

TEST_CASE(
    "the last member leaves while another process joins, which is held up at each of its calls on locks in turn") {
  if (!can_trace()) return;
  for (int call = 1;; ++call) {
    CAPTURE(call);
    const run_of_members run;
    member first(run);
    first.does("get", "got server-");
    program joiner(traced("fcntl:delay_enter=150000:when=" + std::to_string(call)), run.environment(""));
    for (const char* const command : {"get", "is up?", "exit"}) joiner.tell(command);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // for the joiner to come to that call, most likely
    first.tell("exit");
    CHECK(first.wait().status == 0);
    const program::result ended = joiner.wait();
    check_output(ended.output);
    CHECK(has(ended.output, "\nup\n"));
    check_journal(run);
    CHECK(run.is_gone());
    if (call > 40) break;
  }
}

TEST_CASE("a process is killed at each of its system calls in turn") {
  if (!can_trace()) return;
  const std::string role = GENERATE("leader", "joiner", "last to leave");
  const std::string system_call = GENERATE("openat", "fcntl", "rename", "write", "unlink", "mkdir", "close");
  int points = 0;
  for (int call = 1;; ++call) {
    CAPTURE(role, system_call, call);
    const run_of_members run;
    std::deque<member> before;
    if (role != "leader") before.emplace_back(run, "claim-it").does("get", "got server-");
    program victim(traced(system_call + ":signal=KILL:when=" + std::to_string(call)), run.environment("claim-it"));
    victim.tell("get");
    // One that is killed before has no say.
    const bool joined = says(victim, "got server-");
    std::deque<member> beside;
    if (role == "last to leave" && joined) {
      before.front().tell("exit");
      CHECK(before.front().wait().status == 0);
      before.pop_front();
    } else if (role == "leader") {
      beside.emplace_back(run, "claim-it").tell("get");
    }
    if (joined) victim.tell("exit");
    const program::result ended = victim.wait();
    for (std::deque<member>* const others : {&before, &beside}) {
      for (member& one : *others) {
        one.tell("exit");
        const program::result other = one.wait();
        CHECK(other.status == 0);
        check_output(other.output);
      }
    }
    check_recovery(run);
    if (ended.status != 128 + SIGKILL) {  // it has fewer calls than that
      CHECK(ended.status == 0);
      break;
    }
    ++points;
  }
  std::cout << role << ": killed at each of " << points << " calls of " << system_call << '\n';
}
