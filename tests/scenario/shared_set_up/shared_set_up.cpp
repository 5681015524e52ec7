// What a per_run promises to the processes of a run that have no launcher.

#include <deque>
#include <set>
#include <string>
#include <vector>

#include <apart/detail/file_lock.hpp>

#include <signal.h>

#include "scenario/shared_set_up/members.hpp"

namespace {

using lines = std::vector<std::string>;

/// Ends when it is told to, and well.
std::string end(member& one) {
  one.tell("exit");
  const program::result ended = one.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  return ended.output;
}

/// One whose set-up has begun, and goes on when the gate is opened.
class setting_up : public member {
 public:
  explicit setting_up(const run_of_members& run, const std::string& mode = {}) : member(run, "hold " + mode) {
    tell("get");
    run.wait_for_note("in set-up");
  }
};

void kill(member& one) {
  one.signal(SIGKILL);
  CHECK(one.wait().status == 128 + SIGKILL);
}

/// That nothing is left, and that the next run begins as if there had been none before.
void check_next_run(const run_of_members& run) {
  const int before = run.noted("server up");
  member next(run);
  next.does("get", "got server-" + std::to_string(next.id()));
  end(next);
  CHECK(run.noted("server up") == before + 1);
  CHECK(run.journal().back().rfind("server down server-", 0) == 0);
  CHECK(run.infrastructure().empty());
  CHECK(run.is_gone());
}

}  // namespace

TEST_CASE("one of many processes sets up, all get the same payload, and the last to leave tears down") {
  const int count = GENERATE(1, 4, 64, 512);
  CAPTURE(count);
  const run_of_members run;
  std::deque<member> members;
  for (int i = 0; i < count; ++i) members.emplace_back(run);
  for (member& one : members) one.tell("get");
  for (member& one : members) one.wait_for_output("got server-");
  std::set<std::string> payloads;
  for (member& one : members) {
    one.does("is up?", "up\n");
    CHECK(run.noted("server down") == 0);
    payloads.insert(end(one));
  }
  CHECK(payloads.size() == 1);
  CHECK(run.noted("server up") == 1);
  CHECK(run.noted("server down server-") == 1);
  CHECK(run.infrastructure().empty());
  CHECK(run.is_gone());
}

TEST_CASE("a payload is any bytes") {
  const std::string mode = GENERATE("empty", "zero");
  const run_of_members run;
  member first(run, mode);
  member second(run, mode);
  first.does("get", "got ");
  second.does("get", "got ");
  const std::string text = end(first);
  CHECK(end(second) == text);
  const std::string whole = std::string("\0\xff\n", 3) + std::string(16 << 20, '\xff') + '\0';
  CHECK(has(text, mode == "empty" ? "got \n"
                                  : "got " + std::to_string(whole.size()) + " bytes, hash " +
                                        std::to_string(std::hash<std::string>()(whole))));
  CHECK(run.noted("server up") == 1);
}

TEST_CASE("a payload may be a credential: only its owner reads what it stands in") {
  const run_of_members run;
  member first(run);
  first.does("get", "got server-");
  int records = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run.here().root())) {
    if (entry.path().filename() != "record") continue;
    ++records;
    CHECK(support::mode_of(entry.path()) == 0600);
  }
  CHECK(records == 1);
  end(first);
}

TEST_CASE("a set-up that throws fails all who wait and who overlap, with its text, and the next begins anew") {
  const run_of_members run;
  setting_up first(run, "throw");
  member second(run, "throw");
  second.tell("get");
  run.open_gate();
  const std::string text = "failed: per_run \"server\": its set-up failed: no port is free\n";
  first.wait_for_output(text);
  second.wait_for_output(text);
  member third(run, "throw");
  third.does("get", text);
  CHECK(run.noted("threw") == 1);
  end(first);
  end(second);
  end(third);
  check_next_run(run);
}

TEST_CASE("what a set-up that throws had claimed is cleaned up at once") {
  const run_of_members run;
  member first(run, "claim throw");
  first.does("get", "failed: ");
  CHECK(run.noted("cleaned up claimed by the set-up") == 1);
  kill(first);
  check_next_run(run);
  CHECK(run.noted("cleaned up claimed by the set-up") == 1);
}

TEST_CASE("a process may end while one of its threads waits") {
  const run_of_members run;
  setting_up first(run);
  member second(run);
  second.tell("get in a thread");
  run.wait_for_waiters(1);
  end(second);
  run.open_gate();
  first.wait_for_output("got server-");
  end(first);
  CHECK(run.noted("server down server-") == 1);
  check_next_run(run);
}

TEST_CASE("a set-up whose process dies fails all who wait, who are told which one it was, and the next begins anew") {
  const run_of_members run;
  setting_up first(run, "claim");
  const std::string dead = std::to_string(first.id());
  std::deque<member> others;
  for (int i = 0; i < 4; ++i) others.emplace_back(run).tell("get");
  for (member& one : others) one.wait_for_output("ready");
  // Which of them have begun to wait is for the kernel to say: a lock that is waited for stands in its list.
  REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1),
                            [] { return count_of(support::text_of("/proc/locks"), "-> OFDLCK") >= 4; }));
  kill(first);
  for (member& one : others) {
    one.wait_for_output("failed: per_run \"server\": its set-up did not return: process " + dead +
                        ", which ran it, ended\n");
  }
  CHECK(run.noted("cleaned up") == 0);
  for (member& one : others) end(one);
  CHECK(run.noted("cleaned up claimed by the set-up") == 1);
  CHECK(run.noted("server") == 0);
  check_next_run(run);
}

TEST_CASE("a set-up may end its process in any way") {
  const std::string way = GENERATE("_exit", "exit");
  const run_of_members run;
  member first(run, "claim " + way);
  first.tell("get");
  CHECK(first.wait().status == 0);
  check_next_run(run);
  CHECK(run.noted("cleaned up claimed by the set-up") == 1);
}

TEST_CASE("a wait ends with its context and says who sets up; the set-up goes on for the others") {
  const run_of_members run;
  setting_up first(run);
  member second(run);
  second.does("get soon", "it is being set up by process " + std::to_string(first.id()) + "\n");
  SECTION("and it may ask again") {
    second.tell("get");
    run.open_gate();
    second.wait_for_output("got server-" + std::to_string(first.id()));
    first.wait_for_output("got server-");
    end(first);
    CHECK(run.noted("server down") == 0);
    second.does("is up?", "\nup\n");
    end(second);
  }
  SECTION("or leave at once, though the set-up does not end") {
    end(second);
    run.open_gate();
    first.wait_for_output("got server-");
    end(first);
  }
  SECTION("or leave after the first one has left, and tear down") {
    run.open_gate();
    first.wait_for_output("got server-");
    end(first);
    CHECK(run.noted("server down") == 0);
    end(second);
  }
  CHECK(run.noted("server up") == 1);
  CHECK(run.noted("server down server-") == 1);
  check_next_run(run);
}

TEST_CASE("a set-up that hangs ends with its process's context") {
  const run_of_members run;
  member first(run, "until-cancelled");
  first.tell("get");
  first.wait_for_output("ready");
  kill(first);
  check_next_run(run);
}

TEST_CASE("the tear-down runs also when the process that set up, and others, were killed") {
  const run_of_members run;
  std::deque<member> members;
  for (int i = 0; i < 4; ++i) members.emplace_back(run).does("get", "got server-");
  kill(members[0]);
  kill(members[2]);
  members[1].does("is up?", "\nup\n");
  end(members[1]);
  CHECK(run.noted("server down") == 0);
  end(members[3]);
  CHECK(run.noted("server down server-") == 1);
  check_next_run(run);
}

TEST_CASE("where all were killed, the next process of the run tears down before it sets up") {
  const run_of_members run;
  const std::string first = [&] {
    std::deque<member> members;
    for (int i = 0; i < 3; ++i) members.emplace_back(run, "claim").does("get", "got server-");
    for (member& one : members) kill(one);
    return run.infrastructure().at(0);
  }();
  member next(run);
  next.does("get", "got server-" + std::to_string(next.id()));
  CHECK(run.journal() == lines{"server up", "server down " + first, "cleaned up claimed by the set-up", "server up"});
  end(next);
  CHECK(run.is_gone());
}

TEST_CASE("where all were killed, the next run cleans up what was claimed, and says what was left") {
  const run_of_members run;
  member first(run, "claim");
  first.does("get", "got server-");
  const std::string dead = std::to_string(first.id());
  kill(first);
  member next(run, "", APART_MEMBER, "another run");
  next.does("get", "got server-" + std::to_string(next.id()));
  CHECK(has(end(next), "apart: per_run \"server\", which process " + dead +
                           " had set up, was not torn down: all processes of its run were killed; what it claimed is "
                           "cleaned up\n"));
  CHECK(run.noted("cleaned up claimed by the set-up") == 1);
  CHECK(run.is_gone());
}

TEST_CASE("what the set-up claimed stays when its process ends, and goes after the tear-down") {
  const run_of_members run;
  member first(run, "claim");
  first.does("get", "got server-");
  member second(run);
  second.does("get", "got server-");
  end(first);
  CHECK(run.noted("cleaned up") == 0);
  end(second);
  CHECK(run.journal().size() == 3);
  CHECK(run.journal().back() == "cleaned up claimed by the set-up");
}

TEST_CASE("what bodies have claimed goes before the tear-down, what the set-up has claimed after it") {
  const run_of_members run;
  member first(run, "claim");
  first.does("get", "got server-");
  const std::string server = run.infrastructure().at(0);
  const lines ended{"server up", "cleaned up claimed by a body", "server down " + server,
                    "cleaned up claimed by the set-up"};
  SECTION("by its own process") {
    first.does("claim", "claimed");
    end(first);
    CHECK(run.journal() == ended);
  }
  SECTION("by a process that was killed") {
    member second(run);
    second.does("claim", "claimed");
    kill(second);
    end(first);
    CHECK(run.journal() == ended);
  }
  SECTION("where all were killed, in the next process of the run") {
    first.does("claim", "claimed");
    kill(first);
    member next(run);
    next.does("get", "got server-" + std::to_string(next.id()));
    lines and_up = ended;
    and_up.push_back("server up");
    CHECK(run.journal() == and_up);
    end(next);
  }
  SECTION("where all were killed, in the next run") {
    first.does("claim", "claimed");
    kill(first);
    member next(run, "", APART_MEMBER, "another run");
    next.does("get", "got server-" + std::to_string(next.id()));
    CHECK(run.journal() ==
          lines{"server up", "cleaned up claimed by a body", "cleaned up claimed by the set-up", "server up"});
    end(next);
  }
  CHECK(run.is_gone());
}

TEST_CASE("so it is in a process that is a run of its own, whichever it asks for first") {
  const bool claims_first = GENERATE(true, false);
  const run_of_members run;
  member one(run, "claim alone");
  if (claims_first) one.does("claim", "claimed");
  one.does("get", "got server-");
  if (!claims_first) one.does("claim", "claimed");
  const std::string server = run.infrastructure().at(0);
  end(one);
  CHECK(run.journal() == lines{"server up", "cleaned up claimed by a body", "server down " + server,
                               "cleaned up claimed by the set-up"});
  CHECK(run.is_gone());
}

TEST_CASE("a tear-down that throws is reported, fails its process, and is not run again") {
  const run_of_members run;
  member first(run, "throw-tear-down");
  first.does("get", "got server-");
  first.tell("exit");
  const program::result ended = first.wait();
  CHECK(ended.status == 1);
  CHECK(has(ended.output, "apart: per_run \"server\": its tear-down failed: it does not go\n"));
  CHECK(run.noted("server down") == 1);
  check_next_run(run);
}

TEST_CASE("a tear-down whose process is killed runs again in the next process, and is given up after three times") {
  const run_of_members run;
  for (int i = 0; i < 3; ++i) {
    member one(run, "kill-tear-down");
    one.tell("get");
    one.tell("exit");
    CHECK(one.wait().status == 128 + SIGKILL);
    CHECK(run.noted("killed in tear-down") == i + 1);
  }
  CHECK(run.noted("server up") == 1);
  member next(run);
  next.does("get", "got server-" + std::to_string(next.id()));
  const std::string output = end(next);
  CHECK(has(output, "apart: per_run \"server\": its tear-down is given up: 3 processes ended in it, the last one was"));
  CHECK(run.noted("server down") == 1);
}

TEST_CASE("who had to wait at the gate of what is there already is a member of it, and not of the next one") {
  const run_of_members run;
  member first(run);
  first.does("get", "got server-");
  apart::detail::file_lock gate;
  REQUIRE(gate.open(run.lock_files().at(0), {0, 1}) == 0);
  REQUIRE(gate.try_lock(apart::detail::lock_mode::exclusive));
  member second(run);
  second.tell("get");
  run.wait_for_waiters(1);
  gate.close();
  second.wait_for_output("got server-");
  end(first);
  CHECK(run.noted("server down") == 0);
  second.does("is up?", "\nup\n");
  end(second);
  CHECK(run.noted("server down server-") == 1);
}

TEST_CASE("who joins a set-up, and has to wait for what that one stands on, leaves its record as it is") {
  const run_of_members run;
  member first(run, "nested");
  first.does("get", "got server-");
  apart::detail::file_lock gate;
  REQUIRE(gate.open(run.lock_file_of("base"), {0, 1}) == 0);
  REQUIRE(gate.try_lock(apart::detail::lock_mode::exclusive));
  member second(run, "nested");
  second.tell("get");
  run.wait_for_waiters(1);
  gate.close();
  second.wait_for_output("got server-" + std::to_string(first.id()));
  member third(run, "nested");
  third.does("get", "got server-" + std::to_string(first.id()));
  end(first);
  end(second);
  end(third);
  CHECK(run.noted("server up") == 1);
  CHECK(run.noted("base down base-") == 1);
}

TEST_CASE("a set-up may ask for another, which lasts as long as the first") {
  const run_of_members run;
  member first(run, "nested");
  first.does("get", "got server-");
  member second(run, "nested");
  second.does("get", "got server-");
  end(first);
  CHECK(run.infrastructure().size() == 2);
  end(second);
  REQUIRE(run.journal().size() == 4);
  CHECK(run.journal()[0] == "base up");
  CHECK(run.journal()[1] == "server up");
  CHECK(run.journal()[2].rfind("server down server-", 0) == 0);
  CHECK(run.journal()[3].rfind("base down base-", 0) == 0);
}

TEST_CASE("what stands on a set-up ends before it, also where all were killed, whatever is asked for first") {
  const run_of_members run;
  const std::string stands_on = GENERATE("nested claim-it", "nested claim-it die-nested");
  const bool dies_in_it = stands_on != "nested claim-it";
  member first(run, stands_on);
  first.tell("get");
  if (!dies_in_it) {
    first.wait_for_output("got server-");
    first.signal(SIGKILL);
  }
  const std::string pid = std::to_string(first.id());
  CHECK(first.wait().status == 128 + SIGKILL);
  const std::string server = "server-" + pid;
  const std::string base = "base-" + pid;
  SECTION("in the next process of the run") {
    member next(run, "claim-it");
    next.does("get base", "got base-");
    lines ended{"base up"};
    if (!dies_in_it) ended.insert(ended.end(), {"server up", "server down " + server, "cleaned " + server});
    ended.insert(ended.end(), {"base down " + base, "cleaned " + base, "base up"});
    CHECK(run.journal() == ended);
    end(next);
  }
  SECTION("in the next run") {
    member next(run, "claim-it", APART_MEMBER, "another run");
    next.does("get base", "got base-");
    lines ended{"base up"};
    if (!dies_in_it) ended.insert(ended.end(), {"server up", "cleaned " + server});
    ended.insert(ended.end(), {"cleaned " + base, "base up"});
    CHECK(run.journal() == ended);
    end(next);
  }
  CHECK(run.is_gone());
}

TEST_CASE("a cycle is an error that shows the path, also across processes") {
  const run_of_members run;
  SECTION("in one process") {
    member one(run);
    one.tell("get ring a");
    run.open_gate("gate a");
    run.open_gate("gate b");
    one.wait_for_output(
        "failed: per_run \"ring a\": its set-up failed: per_run \"ring b\": its set-up failed: per_run "
        "\"ring a\" needs itself: ring a > ring b > ring a\n");
    end(one);
  }
  SECTION("across two") {
    member one(run);
    member two(run);
    one.tell("get ring a");
    two.tell("get ring b");
    run.wait_for_note("in ring a");
    run.wait_for_note("in ring b");
    run.open_gate("gate a");
    run.open_gate("gate b");
    one.wait_for_output("failed: ");
    two.wait_for_output("failed: ");
    const std::string output = end(one) + end(two);
    CAPTURE(output);
    CHECK((has(output, "needs itself: ring a > ring b > ring a, in several processes") ||
           has(output, "needs itself: ring b > ring a > ring b, in several processes")));
  }
}

TEST_CASE("a forked child that outlives its parent keeps nothing of its parent's") {
  const run_of_members run;
  SECTION("who was a member") {
    member first(run);
    first.does("get", "got server-");
    first.tell("leave child");
    end(first);
    CHECK(run.noted("server down server-") == 1);
  }
  SECTION("who was setting up") {
    setting_up first(run, "leave-child");
    member second(run);
    second.tell("get");
    run.wait_for_waiters(1);
    kill(first);
    second.wait_for_output("failed: per_run \"server\": its set-up did not return: process ");
    end(second);
  }
  check_next_run(run);
  run.open_gate("gate a");
}

TEST_CASE("another layout of the payload is refused, not misread") {
  const run_of_members run;
  member first(run);
  first.does("get", "got server-");
  member second(run, "", APART_OTHER_LAYOUT);
  second.does("get", "failed: per_run \"server\": in the program of process " + std::to_string(first.id()) +
                         ", which has set it up, its payload is of another type; compile both programs alike\n");
  end(second);
  end(first);
  CHECK(run.noted("server down server-") == 1);
}

TEST_CASE("two runs side by side share nothing") {
  const run_of_members run;
  member first(run, "", APART_MEMBER, "one");
  member second(run, "", APART_MEMBER, "two");
  first.does("get", "got server-" + std::to_string(first.id()));
  second.does("get", "got server-" + std::to_string(second.id()));
  end(first);
  second.does("is up?", "\nup\n");
  end(second);
  CHECK(run.noted("server up") == 2);
  CHECK(run.noted("server down server-") == 2);
}

TEST_CASE("a forked child that comes out of a set-up is ended") {
  const run_of_members run;
  member first(run, "fork");
  first.does("get", "got server-" + std::to_string(first.id()));
  CHECK(has(end(first), "per_run \"server\": a forked child came out of its set-up; have it end there"));
  CHECK(run.noted("server up") == 1);
}
