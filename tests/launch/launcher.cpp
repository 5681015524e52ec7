#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/subject.hpp"

#include <signal.h>
#include <time.h>

namespace {

/// How long it has computed.
std::chrono::nanoseconds cpu_time_of(pid_t process) {
  clockid_t clock{};
  timespec used{};
  REQUIRE(::clock_getcpuclockid(process, &clock) == 0);
  REQUIRE(::clock_gettime(clock, &used) == 0);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// So many interrupts, each of them another one.
void interrupt(const program& run, int times) {
  for (int sent = 0; sent < times; ++sent) {
    if (sent > 0) wait_for_another_interrupt();
    run.signal(SIGINT);
  }
}

}  // namespace

TEST_CASE("what a test leaves running neither holds the run up nor outlives it") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[.strays],[good]"});
  CHECK(ended.status == 0);
  for (const int stray : suite.processes_of("stray")) CHECK_FALSE(is_alive(stray));
}

TEST_CASE("what a killed test had claimed is cleaned up in its own way") {
  const subject suite;
  CHECK(suite.run({"--procs=2", "[claimed],[good]"}).status == 1);
  CHECK(suite.journal().count("cleaned up of the killed") == 1);
  CHECK(suite.journal().count("ended as asked") == 1);
  CHECK(suite.files_left().empty());
  check_good_tests_ran_once(suite);
}

TEST_CASE("what a worker has claimed and left is cleaned up where nothing is destroyed yet") {
  const subject suite;
  CHECK(suite.run({"--procs=1", "[used_claim]"}).status == 0);
  CHECK(suite.journal().count("cleaned up what was left") == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("a place for files that cannot be had is named by the variable that somebody has set") {
  const subject suite;
  auto environment = suite.environment();
  environment.push_back("APART_TMPDIR=/proc");
  const auto ended = run_program(subject::command({"--procs=1", "[used_claim]"}), environment);
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(subject::unwrapped(ended.output), "APART_TMPDIR='/proc'"));
  CHECK_FALSE(contains(ended.output, "APART_COORDINATOR"));
}

TEST_CASE("what bodies have claimed goes before the tear-down, what the set-up has claimed after it") {
  const std::string mode = GENERATE("", "body is killed", "keeper is killed");
  const subject suite(mode);
  const auto ended = suite.run({"--procs=2", "[claiming]"});
  CAPTURE(mode, ended.output);
  std::vector<std::string> ends;
  for (const std::string& note : suite.notes()) {
    if (note != "initialized") ends.push_back(note);
  }
  CHECK(ends == std::vector<std::string>{"cleaned up of a body", "claiming torn down", "cleaned up of the set-up"});
  // A keeper that dies between the set-up and the tear-down fails either, by when the launcher hears of it.
  const bool set_up_failed = mode == "keeper is killed" && ended.status == 4;
  CHECK((set_up_failed || ended.status == (mode.empty() ? 0 : 1)));
  CHECK(suite.files_left().empty());
}

TEST_CASE("a set-up that no test waits for any more is cancelled, which is no failure of the set-up") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--timeout=1s", "[.patient],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "apart: per_run \"patient\": no test waits for it any more, it is cancelled\n"));
  CHECK(suite.journal()["the set-up noticed: no test waits for it any more"] == 1);
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
  CHECK(suite.files_left().empty());
}

TEST_CASE("a set-up that no test waits for any more and that does not listen is ended, and is named") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--timeout=1s", "[.deaf-set-up],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 4);
  CHECK(contains(ended.output, "apart: per_run \"deaf\": no test waits for it any more, it is cancelled\n"));
  CHECK(contains(ended.output,
                 "apart: per_run \"deaf\": still running, though it is cancelled: its process is asked to end\n"));
  CHECK(contains(ended.output, "apart: per_run \"deaf\": still running: its process is killed\n"));
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
  CHECK(suite.files_left().empty());
}

TEST_CASE("--fail-fast cancels the set-up that runs, too, and the run has failed") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--fail-fast", "[.patient],[.fails-beside-set-up]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(suite.journal()["the set-up noticed: the run stops at a failure: fails once a set-up waits"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("the launcher sleeps while a keeper has closed one of its connections") {
  const subject suite;
  program run(subject::command({"--procs=1", "[.silent]"}), suite.environment());
  suite.wait_for("may be looked at");
  const auto used = [&] { return cpu_time_of(run.id()); };
  const auto before = used();
  static_cast<void>(apart::context::background().sleep_for(std::chrono::milliseconds(500)));
  CHECK(used() - before < std::chrono::milliseconds(100));
  suite.tell_driver_id();
  CHECK(run.wait().status == 0);
}

TEST_CASE("what a process that the run has adopted leaves to a running test goes on when that one ends") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[.daemon],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
}

TEST_CASE("a child that the launcher's process had before the run outlives it") {
  const subject suite;
  const std::string child_file = suite.tmp() / "child";
  const auto ended = run_program({"/bin/sh", "-c",
                                  "sleep 1000 >/dev/null 2>&1 & echo $! > " + child_file + "; exec " +
                                      subject::command({}).front() + " --procs=2 '[good],[.strays]'"},
                                 suite.environment());
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  int child = 0;
  std::ifstream(child_file) >> child;
  REQUIRE(child > 0);
  CHECK(is_alive(child));
  ::kill(child, SIGKILL);
}

TEST_CASE("of more output than anyone can read, the beginning and the end are shown, and how much is left out") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.endless],[good]"});
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "first words"));
  CHECK(contains(ended.output, "last words"));
  CHECK(contains(ended.output, "\n[apart: 7036"));  // 64 TiB and some words, but for 16 MiB
  CHECK(contains(ended.output, " bytes of output are left out here]\n"));
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
}

TEST_CASE("where the launcher cannot go on, the run is incomplete, torn down, reported, and nothing of it is left") {
  const subject suite;
  const std::string report = suite.tmp() / "apart-report.xml";
  const auto ended = suite.run({"--procs=2", "--junit=" + report, "[.lies],[.server],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(contains(ended.output, "apart: the run ends here: worker "));
  CHECK(contains(ended.output, " reported a test that it had not been given\n"));
  CHECK(contains(ended.output, " never ran in "));
  CHECK(suite.journal()["torn down 22"] == 1);
  CHECK(contains(support::text_of(report), "reports what it was not told to run"));
  for (const int process : suite.processes_of("lies")) CHECK_FALSE(is_alive(process));
  CHECK(suite.files_left().empty());
}

TEST_CASE("a set-up that is ready when nobody waits for it any more is torn down, and no failure") {
  const subject suite("slow set-up");
  const auto ended = suite.run({"--procs=2", "[gives-up]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal().count("claiming torn down") == 1);
  CHECK(suite.processes_of("initialized").size() == 2);
}

TEST_CASE("the shards of a run have each test once between them; an empty one passes") {
  const subject suite;
  for (const char* const shard : {"--shard=1/3", "--shard=2/3", "--shard=3/3", "--shard=20/20"}) {
    const auto ended = suite.run({"--procs=2", shard, "[good]"});
    CAPTURE(ended.output);
    CHECK(ended.status == 0);
    CHECK(contains(ended.output, std::string(shard) == "--shard=20/20" ? "0 passed, 0 failed in"
                                 : std::string(shard) == "--shard=3/3" ? "3 passed, 0 failed in"
                                                                       : "4 passed, 0 failed in"));
  }
  check_good_tests_ran_once(suite);
  CHECK(suite.run({"--procs=2", "--shard=1/3", "[no such tag]"}).status == 3);
}

TEST_CASE("of a group no more tests run at once than its limit") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "[grouped],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  check_good_tests_ran_once(suite);
  const auto refused = suite.run({"--procs=2", "[bad-group]"});
  CHECK(refused.status == 2);
  CHECK(refused.output ==
        "apart: the tag [group:only one]: wants a name and how many run at once, such as [group:postgres:2]\n");
}

TEST_CASE("what took longest in an earlier run is first in the next one") {
  const subject suite;
  const std::string path = suite.tmp() / "timings";
  std::vector<std::string> environment = suite.environment();
  environment.push_back("APART_TIMINGS=" + path);
  const auto run = [&] { return run_program(subject::command({"--procs=1", "--verbose", "[good]"}), environment); };
  const std::string untold = run().output;
  CHECK(untold.find("passed: passing test 1 ") < untold.find("passed: passing test 7 "));
  const std::string times = support::text_of(path);
  CHECK(count_of(times, "\tsuite\t") == 11);
  const std::size_t line = times.rfind('\n', times.find("\tsuite\tpassing test 7\n")) + 1;
  support::write_file(path, times.substr(0, line) + "9" + std::string(8, '0') + times.substr(line) + "not a line\n");
  const std::string told = run().output;
  CHECK(told.find("passed: passing test 7 ") < told.find("passed: passing test 1 "));
  CHECK(told.find("passed: serial test 1 ") < told.find("passed: serial test 2 "));
  CHECK(count_of(told, "passed: ") == 11);
}

TEST_CASE("the run's directories are gone after it, also when workers were killed") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "[.directories],[.killed],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("a TMPDIR that is not there fails the tests that want a directory, with its name, and no others") {
  const subject suite;
  auto environment = suite.environment();
  environment.push_back("APART_TMPDIR");
  environment.push_back("TEST_TMPDIR");
  environment.push_back("TMPDIR=/no/such/place");
  const auto ended = run_program(subject::command({"--procs=2", "[.directories],[good]"}), environment);
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(subject::unwrapped(ended.output), "11 passed, 1 failed"));
  CHECK(contains(subject::unwrapped(ended.output), "/no/such/place"));
}

TEST_CASE("an interrupt cancels the tests that wait, runs their clean-ups, and tears down") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  const subject suite;
  program run(subject::command({"--procs=2", "[.waits],[.waits-too]"}), suite.environment());
  suite.wait_for("waiting");
  suite.wait_for("waiting as well");
  run.signal(signal);
  const auto ended = run.wait();
  CAPTURE(ended.output, signal);
  const char* name = signal == SIGINT ? "SIGINT" : signal == SIGTERM ? "SIGTERM" : "SIGHUP";
  CHECK(contains(subject::unwrapped(ended.output), std::string("interrupted by ") + name));
  CHECK(suite.journal()[std::string("cleaned up after: the run was interrupted by ") + name] == 1);
  CHECK(suite.journal()["cleaned up as well"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("the first interrupt names the tests that still run, and says that another one ends them") {
  const subject suite;
  program run(subject::command({"--procs=2", "[.deaf],[good]"}), suite.environment());
  suite.wait_for("waiting");
  interrupt(run, 3);
  const auto ended = run.wait();
  CHECK(contains(ended.output, "another interrupt ends them\napart: still running: "));
  CHECK(contains(ended.output, "apart: still running: ignores the end of its context (worker "));
}

TEST_CASE("interrupts that end the tests leave it to the keeper to tear down, and no set-up has failed") {
  const std::string deaf = GENERATE("[.deaf]", "[.terminates]");
  const subject suite;
  program run(subject::command({"--procs=1", "[.server]," + deaf, "--order", "decl"}), suite.environment());
  suite.wait_for("waiting");
  interrupt(run, deaf == "[.deaf]" ? 3 : 2);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "3 passed, 1 failed, stopped early in "));
  CHECK_FALSE(contains(ended.output, "the process that keeps"));
  CHECK(suite.journal()["torn down 22"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("a set-up that interrupts end has not failed") {
  const subject suite;
  program run(subject::command({"--procs=1", "[.deaf-set-up]"}), suite.environment());
  suite.wait_for("deaf set-up");
  interrupt(run, 3);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "a third interrupt: the processes of the run are killed"));
  CHECK(suite.files_left().empty());
}

TEST_CASE("of an interrupted run in which a set-up has failed the status is that of the set-up") {
  const subject suite("set-up throws");
  program run(subject::command({"--procs=2", "[.storage],[.waits]"}), suite.environment());
  suite.wait_for("waiting");
  run.wait_for_output("no disk is free");
  run.signal(SIGINT);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "the run was interrupted by SIGINT"));
  CHECK(ended.status == 4);
}

TEST_CASE("an interrupt between two rounds ends them, too") {
  for (int times = 0; times < 20; ++times) {
    const subject suite;
    program run(subject::command({"--procs=1", "--repeat=100000", "passing test 1"}), suite.environment());
    run.wait_for_output("round " + std::to_string(times + 2) + "\n");
    run.signal(SIGINT);
    const auto ended = run.wait();
    CAPTURE(ended.output);
    CHECK(ended.status == 5);
    CHECK(contains(ended.output, "the run was interrupted by SIGINT"));
    CHECK(suite.files_left().empty());
  }
}

TEST_CASE("a signal that is ignored stays ignored, as nohup(1) wants it") {
  const int ignored = GENERATE(SIGINT, SIGHUP, SIGTSTP);
  const subject suite;
  program run({"/bin/sh", "-c", "trap '' INT HUP TSTP; exec " + subject::command({}).front() + " --procs=1 [.stopped]"},
              suite.environment());
  suite.wait_for("may be stopped");
  run.signal(ignored);
  suite.tell_driver_id();
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK_FALSE(contains(ended.output, "interrupted"));
}

TEST_CASE("when the terminal goes away, the tests are cancelled and their clean-ups run") {
  const subject suite;
  auto environment = suite.environment();
  environment.insert(environment.end(), {"TERM=xterm", "CI"});
  const std::string command = subject::command({}).front() + " --procs=1 '[.waits]'";
  program terminal({"/usr/bin/script", "--quiet", "--command", command, "/dev/null"}, environment);
  suite.wait_for("waiting");
  terminal.signal(SIGKILL);
  suite.wait_for("cleaned up after: the run was interrupted by SIGHUP");
}

TEST_CASE("a set-up that is first asked for after an interrupt is cancelled, too; the run has not passed") {
  const bool launched = GENERATE(true, false);
  const subject suite;
  program run(subject::command(launched ? std::vector<std::string>{"--procs=2", "[.late]"}
                                        : std::vector<std::string>{"[.late]"}),
              suite.environment());
  suite.wait_for("waiting");
  run.signal(SIGINT);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(contains(subject::unwrapped(ended.output),
                 launched ? "1 passed, 0 failed, stopped early" : "test cases: 1 | 1 passed"));
}

TEST_CASE("every context says where it stands in the run") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[.places]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  const auto journal = suite.journal();
  const std::string run = "background > run > process ";
  CHECK(journal.count("set-up in " + run + "\"keeper\" > set-up \"placed\"") == 1);
  CHECK(journal.count("test in " + run + "\"worker 0\" > test \"tells its place\"") +
            journal.count("test in " + run + "\"worker 1\" > test \"tells its place\"") ==
        1);
  CHECK(journal.count("clean-up in background > clean-ups of \"tells its place\"") == 1);
  CHECK(journal.count("tear-down in background > tear-down \"placed\"") == 1);
}

TEST_CASE("an interrupt reaches the set-up that runs in the keeper") {
  const subject suite;
  program run(subject::command({"--procs=2", "[.patient]"}), suite.environment());
  suite.wait_for("waiting in a set-up");
  run.signal(SIGINT);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(suite.journal()["the set-up noticed: the run was interrupted by SIGINT"] == 1);
}

TEST_CASE("a second interrupt ends tests that do not listen, a third one those that do not even then") {
  const subject suite;
  const std::string tag = GENERATE("[.terminates]", "[.deaf]");
  program run(subject::command({"--procs=2", tag}), suite.environment());
  suite.wait_for("waiting");
  const int test = *suite.processes_of("waiting").begin();
  run.signal(SIGINT);
  run.wait_for_output("interrupted by SIGINT");
  wait_for_another_interrupt();
  run.signal(SIGINT);
  if (tag == "[.deaf]") {
    run.wait_for_output("a second interrupt");
    wait_for_another_interrupt();
    run.signal(SIGINT);
  }
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(
      contains(subject::unwrapped(ended.output), tag == "[.deaf]" ? "was killed by SIGKILL" : "was killed by SIGTERM"));
  CHECK_FALSE(is_alive(test));
}

TEST_CASE("signals that come at once are one interrupt, as timeout(1) sends them, and clean-ups run") {
  const subject suite;
  program run(subject::command({"--procs=2", "[.waits],[.slow]"}), suite.environment());
  suite.wait_for("waiting");
  suite.wait_for("waiting for a slow clean-up");
  run.signal(SIGTERM);
  run.wait_for_output("interrupted by SIGTERM");
  run.signal(SIGTERM);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(suite.journal()["cleaned up slowly"] == 1);
  CHECK_FALSE(contains(ended.output, "a second interrupt"));
}

TEST_CASE("children of death tests initialize, tear down and remove what is their own and nothing else") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[.death]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  auto journal = suite.journal();
  CHECK(journal["ran anew"] == 1);
  CHECK(journal["set-up"] == 1);
  CHECK(journal["torn down 22"] == 1);
  for (const char* const once : {"initialized", "object built", "object destroyed"}) {
    CAPTURE(once);
    CHECK(journal[once] == static_cast<int>(suite.processes_of(once).size()));
  }
  CHECK(suite.processes_of("object destroyed") == suite.processes_of("object built"));
  CHECK(suite.files_left().empty());
}

TEST_CASE("a run that takes too long is cancelled, and its tests say why") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--run-timeout=2s", "[.waits],[.patient],[good]"});
  CAPTURE(ended.output);
  const std::string cause = "the run has taken longer than --run-timeout=2.0 s";
  CHECK(contains(ended.output, "apart: " + cause + ": running tests are cancelled, and their clean-ups run\n"));
  CHECK(suite.journal()["cleaned up after: " + cause] == 1);
  CHECK(suite.journal()["the set-up noticed: " + cause] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("the limit of a run is that of all its rounds") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--run-timeout=3s", "--until-it-fails", "passing test 1"});
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "the run has taken longer than --run-timeout=3.0 s: running tests are cancelled"));
  CHECK(contains(ended.output, "round 2\n"));
  CHECK(ended.status == 5);
}

TEST_CASE("a run that goes on though it has taken too long is ended, and what never ran is named") {
  const std::string tag = GENERATE("[.terminates]", "[.deaf]");
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--run-timeout=1s", tag + ",[.anew]", "--order", "decl"});
  CAPTURE(ended.output);
  CHECK(ended.status == 5);
  CHECK(contains(ended.output, "0 passed, 1 failed, 1 never ran, stopped early in "));
  CHECK(contains(ended.output, tag == "[.deaf]" ? ", and goes on: its processes are killed"
                                                : ", and goes on: its processes are asked to end"));
  CHECK(contains(ended.output, "launch/subject/suite.cpp:"));
  CHECK(suite.files_left().empty());
}

TEST_CASE("a tear-down that never ends is ended by the run's limit") {
  const subject suite("tear-down hangs");
  const auto ended = suite.run({"--procs=1", "--run-timeout=2s", "[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "3 passed, 0 failed, stopped early in "));
}

TEST_CASE("workers end within a second when their launcher is killed, and leave no process") {
  const subject suite;
  program run(subject::command({"--procs=2", "[.deaf],[.waits]"}), suite.environment());
  suite.wait_for("waiting");
  run.signal(SIGKILL);
  const auto killed = std::chrono::steady_clock::now();
  run.wait();  // until nobody holds its output any more
  for (const int worker : suite.processes_of("initialized")) {
    REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1),
                              [&] { return has_ended(worker); }));
  }
  CHECK(std::chrono::steady_clock::now() - killed < std::chrono::seconds(1));
}

TEST_CASE("the command that the summary gives for a failed test runs that test alone") {
  const subject suite;
  for (const auto& [tag, tests] : {std::pair("[.fails]", 2), std::pair("[.odd-fails]", 3)}) {
    const auto ended = suite.run({"--procs=2", tag});
    CAPTURE(ended.output);
    const std::string failed = ended.output.substr(ended.output.find("\nfailed:\n"));
    int commands = 0;
    for (std::size_t at = failed.find("\n      "); at != std::string::npos; at = failed.find("\n      ", at + 1)) {
      const std::string command = failed.substr(at + 7, failed.find('\n', at + 7) - at - 7);
      const auto again = run_program({"/bin/sh", "-c", command}, suite.environment());
      CAPTURE(command, again.output);
      CHECK(contains(again.output, "0 passed, 1 failed in "));
      ++commands;
    }
    CHECK(commands == tests);
  }
}

TEST_CASE("what a test starts is not launched by the variables that launched its run; the limit of a test is known") {
  const subject suite;
  auto environment = suite.environment();
  environment.insert(environment.end(),
                     {"APART_PROCS=2", "APART_TIMEOUT=40s", "APART_JUNIT=" + (suite.tmp() / "report").string()});
  const auto ended = run_program(subject::command({"[.nested]"}), environment);
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "1 passed, 0 failed in "));
  CHECK(suite.journal()["inherits --40s"] == 1);
  CHECK(std::filesystem::exists(suite.tmp() / "report"));
}
