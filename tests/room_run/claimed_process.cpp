#include <apart/run/claimed_process.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/emulator.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using apart::claim;
using apart::claimed_process;
using apart::detail::coordination_directory;
using apart::detail::end_process;
using apart::detail::gated_child;
using apart::detail::identify_process;
using apart::detail::process_has_ended;
using apart::detail::remove_run_directory;
using apart::detail::wait_for_process_end;
using support::channel;
using support::contains;
using support::error_of;
using support::fresh_child;
using support::gate;
using support::place;
using support::write_all;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

static_assert(!std::is_copy_constructible_v<claimed_process> && !std::is_copy_assignable_v<claimed_process>);
static_assert(std::is_nothrow_move_constructible_v<claimed_process>);

/// A process of the run `run_id`, whose files stand in `here`. What it has to report ends it.
template <class Body>
[[nodiscard]] support::child member_of(const char* run_id, const place& here, Body body) {
  return fresh_child({{"APART_TMPDIR", here.path()}, {"APART_RUN_ID", run_id}}, [&](int output) {
    apart::set_report_handler([](const char*) { std::_Exit(7); });
    [&]() noexcept { body(output); }();
  });
}

void pass_by(const char* run_id, const place& here) {
  REQUIRE(member_of(run_id, here, [](int) { static_cast<void>(coordination_directory()); }).wait().well());
}

std::string identity_of(long pid) { return identify_process(pid).identity; }

std::vector<std::string> shell(const std::string& commands) { return {"sh", "-c", commands}; }

/// The identity of what a process started that was killed then.
std::string left_by_killed(const char* run_id, const place& here, const std::vector<std::string>& arguments) {
  const support::ended ended = member_of(run_id, here, [&](int output) {
                                 const claimed_process started(arguments);
                                 write_all(output, identity_of(started.id()));
                                 ::raise(SIGKILL);
                               }).wait();
  REQUIRE(WIFSIGNALED(ended.status));
  return ended.output;
}

/// A name in the file system through which a program says a line.
class fifo {
 public:
  explicit fifo(const place& here) : path_(here.path() / "fifo") {
    if (::mkfifo(path_.c_str(), 0600) != 0) std::abort();
  }
  const std::string& path() const { return path_; }
  std::string hear() const {
    std::string line;
    std::ifstream file(path_);
    std::getline(file, line);
    return line;
  }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("a program is journalled before it runs, leads a session of its own, and ends when it is told to") {
  const place here;
  const auto ended = member_of("r", here, [&](int output) {
                       claimed_process one({"sleep", "1000"});
                       const std::string identity = identity_of(one.id());
                       for (const auto& journal : fs::directory_iterator(coordination_directory() + "/claims")) {
                         if (contains(support::text_of(journal.path()), "+ 1 process " + identity + " "))
                           write_all(output, "journalled ");
                       }
                       if (::getsid(static_cast<pid_t>(one.id())) == one.id()) write_all(output, "own session ");
                       if (one.running()) write_all(output, "runs ");
                       one.stop();
                       if (!one.running() && one.id() == 0 && process_has_ended(identity)) write_all(output, "ended ");
                       one.stop();
                       for (const auto& journal : fs::directory_iterator(coordination_directory() + "/claims")) {
                         if (contains(support::text_of(journal.path()), "- 1 process ")) write_all(output, "released");
                       }
                     }).wait();
  CHECK(ended.well());
  CHECK(ended.output == "journalled own session runs ended released");
  CHECK(here.runs().empty());
}

TEST_CASE("it is asked to end, and gets its grace") {
  const place here;
  const fifo ready(here);
  const std::string asked = here.path() / "asked";
  CHECK(member_of("r", here,
                  [&](int) {
                    claimed_process one(
                        shell("trap 'echo >" + asked + "; exit' TERM; echo >" + ready.path() + "; sleep 1000 & wait"));
                    static_cast<void>(ready.hear());
                    one.stop(std::chrono::hours::max());
                  })
            .wait()
            .well());
  CHECK(fs::exists(asked));
}

TEST_CASE("it is killed where it does not end, with its whole group") {
  const place here;
  const fifo ready(here);
  const auto ended =
      member_of("r", here, [&](int output) {
        claimed_process one(shell("trap '' TERM; sh -c 'echo $$ >" + ready.path() + "; exec sleep 1000' & wait"));
        write_all(output, identity_of(std::stol(ready.hear())));
        one.stop(1ms);
      }).wait();
  CHECK(ended.well());
  CHECK_FALSE(ended.output.empty());
  CHECK(wait_for_process_end(ended.output, 60s));
}

TEST_CASE("a program that is not stopped ends with its process, and not with its object") {
  const place here;
  const auto ended = member_of("r", here, [&](int output) {
                       std::string identity;
                       {
                         const claimed_process one({"sleep", "1000"});
                         identity = identity_of(one.id());
                       }
                       write_all(output, process_has_ended(identity) ? "ended too early" : identity);
                     }).wait();
  CHECK(ended.well());
  CHECK(process_has_ended(ended.output));
  CHECK(here.runs().empty());
}

TEST_CASE("the program of a killed process is ended by the next one of its run, by another run, and by the launcher") {
  const place here;
  const std::string first = left_by_killed("r", here, {"sleep", "1000"});
  CHECK_FALSE(process_has_ended(first));
  pass_by("r", here);
  CHECK(process_has_ended(first));
  const std::string second = left_by_killed("r", here, {"sleep", "1000"});
  pass_by("another", here);
  CHECK(process_has_ended(second));
  const std::string third = left_by_killed("r", here, {"sleep", "1000"});
  CHECK(member_of("launcher", here, [](int) { remove_run_directory("r"); }).wait().well());
  CHECK(process_has_ended(third));
  CHECK(here.runs().empty());
}

TEST_CASE("a program outlives the thread that started it, and has stdio alone of its process's files") {
  const place here;
  const fifo said(here);
  const auto ended = member_of("r", here, [&](int output) {
                       const int kept = ::dup(output);  // not close-on-exec
                       std::thread([&] {
                         const claimed_process one(shell("ls /proc/self/fd | tr '\\n' ' ' >" + said.path() +
                                                         "; exec sleep 1000 <" + said.path()));
                       }).join();
                       write_all(output, said.hear());
                       std::ofstream(said.path()) << "it opened the other end: it lives";
                       ::close(kept);
                     }).wait();
  CHECK(ended.well());
  CHECK(ended.output == "0 1 2 3 ");  // the last is the directory that is listed
}

TEST_CASE("a process that has the id of another one is never touched") {
  const place here;
  gate may_go;
  channel ready;
  support::child living([&](int) {
    ::setsid();  // what signals to a group would reach
    ready.say("in");
    may_go.wait();
  });
  ready.hear();
  const std::string own = identity_of(living.process());
  const std::size_t start = own.find(':') + 1;
  const std::string id = own.substr(0, start);
  const std::string boot = own.substr(own.rfind(':'));
  // Its id, but started at another time, or before the last boot; and what no process is.
  for (const std::string& name : {id + "1" + boot, own + "x", id, std::string("0:1:x"), std::string("-1:1:x"),
                                  std::string("1:1:x"), std::string("x"), std::string("99999999999999999999:1:x")}) {
    CHECK(WIFSIGNALED(member_of("r", here,
                                [&](int) {
                                  const claim mine("process", name);
                                  ::raise(SIGKILL);
                                })
                          .wait()
                          .status));
    pass_by("another", here);
    CHECK(here.runs().empty());
  }
  CHECK_FALSE(process_has_ended(own));
  may_go.open();
  CHECK(living.wait().well());
}

TEST_CASE("a child that has not been let go ends with the process that made it") {
  const place here;
  const auto ended = member_of("r", here, [&](int output) {
                       const gated_child child({"sleep", "1000"});
                       write_all(output, identity_of(child.id()));
                       ::raise(SIGKILL);
                     }).wait();
  CHECK(WIFSIGNALED(ended.status));
  CHECK_FALSE(ended.output.empty());
  CHECK(wait_for_process_end(ended.output, 60s));
}

TEST_CASE("a child that has not been let go ends with its object") {
  std::string identity;
  {
    const gated_child child({"sleep", "1000"});
    identity = identity_of(child.id());
    CHECK_FALSE(process_has_ended(identity));
  }
  CHECK(identity_of(apart::detail::pid_in(identity)).empty());
}

TEST_CASE("a program that cannot be run is an error that names it, and claims nothing") {
  const place here;
  const auto ended = member_of("r", here, [](int output) {
                       write_all(output, error_of([] { const claimed_process one({"/not/there"}); }) + "\n");
                       write_all(output, error_of([] { const claimed_process one({}); }));
                     }).wait();
  CHECK(ended.output ==
        "cannot run '/not/there': No such file or directory\na child process: give it the name of a program");
  CHECK(ended.well());
  CHECK(here.runs().empty());
}

TEST_CASE("moving moves the program, and a moved-from object does nothing") {
  const place here;
  const auto ended = member_of("r", here, [](int output) {
                       claimed_process one({"sleep", "1000"});
                       const std::string identity = identity_of(one.id());
                       claimed_process same(std::move(one));
                       one.stop();  // NOLINT(bugprone-use-after-move): that is the test
                       claimed_process& itself = same;
                       same = std::move(itself);
                       if (one.id() == 0 && same.running()) write_all(output, "moved ");
                       same = claimed_process({"sleep", "1000"});
                       if (!process_has_ended(identity)) write_all(output, "the run's ");
                       same.stop();
                       write_all(output, identity);
                     }).wait();
  CHECK(ended.well());
  REQUIRE(ended.output.rfind("moved the run's ", 0) == 0);
  CHECK(process_has_ended(ended.output.substr(16)));
}

TEST_CASE("a forked child does not stop its parent's program") {
  const place here;
  const auto ended = member_of("r", here, [](int output) {
                       claimed_process one({"sleep", "1000"});
                       static_cast<void>(support::in_child([&](int) { one.stop(); }));
                       write_all(output, one.running() ? "runs" : "ended");
                       one.stop();
                     }).wait();
  CHECK(ended.output == "runs");
}

TEST_CASE("a program that has ended by itself is no error") {
  const place here;
  const auto ended = member_of("r", here, [](int output) {
                       claimed_process one({"true"});
                       const claimed_process another({"true"});
                       write_all(output, wait_for_process_end(identity_of(one.id()), 60s) ? "ended" : "");
                       one.stop();
                     }).wait();
  CHECK(ended.output == "ended");
  CHECK(ended.well());
  CHECK(here.runs().empty());
}

TEST_CASE("a process that is killed while it starts programs leaves none, whenever that is", support::needs_kernel) {
  const place here;
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);  // what is left, comes here
  for (int round = 0; round < 30; ++round) {
    channel told;
    support::child victim = member_of("r", here, [&](int) {
      for (;;) {
        const claimed_process one({"sleep", "1000"});
        told.say("started");
      }
    });
    for (int i = 0; i < round % 4; ++i) told.hear();
    ::kill(victim.process(), SIGKILL);
    static_cast<void>(victim.wait());
    pass_by("r", here);
    int status = 0;
    while (::waitpid(-1, &status, 0) > 0) CHECK(status != 0);  // hangs where one is left
    CHECK(here.runs().empty());
  }
  CHECK(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}
