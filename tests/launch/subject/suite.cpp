// The suite that the tests of launch/ run in many ways. What misbehaves has a tag by which it is asked for; the
// rest passes.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include <apart/context/context.hpp>
#include <apart/context/poll.hpp>
#include <apart/detail/connection.hpp>
#include <apart/detail/launched.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/process/initializer.hpp>
#include <apart/process/per_process.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/claim.hpp>
#include <apart/run/claimed_process.hpp>
#include <apart/run/per_run.hpp>
#include <apart/run/run_lock.hpp>
#include <apart/test/this_test.hpp>

#include "catch.hpp"
#include "launch/subject/journal.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

apart::initializer noted("noted", [] {
  note("initialized");
  if (driver_asks_for("initializer throws")) throw std::runtime_error("the registry is broken");
});

/// Built by the constructor of a static object, whose destructor uses it.
apart::per_process connection{[] { return 1; }};

struct static_user {
  static_user() {
    if (driver_asks_for("static user")) static_cast<void>(*connection);
  }
  ~static_user() {
    if (driver_asks_for("static user")) note("closed " + std::to_string(*connection));
  }
} user_of_connection;

apart::per_run server{"server",
                      [] {
                        note("set-up");
                        if (driver_asks_for("set-up throws")) {
                          std::printf("looks for a port\n");
                          throw std::runtime_error("no port is free");
                        }
                        if (driver_asks_for("set-up is killed")) ::raise(SIGKILL);
                        if (driver_asks_for("set-up exits")) ::_exit(0);
                        return std::string("address and \0 password", 22);
                      },
                      [](const std::string& payload) {
                        note("torn down " + std::to_string(payload.size()));
                        while (driver_asks_for("tear-down hangs")) ::pause();
                        if (driver_asks_for("tear-down throws")) {
                          std::printf("asks it to stop\n");
                          throw std::runtime_error("the server does not stop");
                        }
                        if (driver_asks_for("tear-down is killed")) ::raise(SIGKILL);
                        if (driver_asks_for("tear-down is killed once")) {
                          if (std::FILE* first = std::fopen(std::getenv("SUBJECT_ONCE"), "wx")) {
                            std::fclose(first);
                            ::raise(SIGKILL);
                          }
                        }
                      }};

apart::per_run inner{"inner", [] { return *server + "!"; }, [](const std::string&) { note("inner torn down"); }};

/// Another one that fails, in the same run.
apart::per_run storage{"storage", [] {
                         if (driver_asks_for("set-up throws")) {
                           std::printf("looks for a disk\n");
                           throw std::runtime_error("no disk is free");
                         }
                         return 1;
                       }};
TEST_CASE("asks for the storage", "[.storage]") { static_cast<void>(*storage); }

/// Where a context stands, without when it ends.
std::string place_of(const apart::context& shown) {
  const std::string text = to_string(shown);
  return text.substr(0, text.find(" ("));
}

/// One that needs another one, and ends its process in a way that destroys static objects.
apart::per_run leaving{"leaving", [] {
                         static_cast<void>(*server);
                         std::exit(0);
                         return 1;
                       }};
TEST_CASE("asks for a set-up that leaves with exit(0)", "[.leaving]") { static_cast<void>(*leaving); }

apart::per_run placed{"placed",
                      [] {
                        note("set-up in " + place_of(apart::context::current()));
                        return 1;
                      },
                      [](const int&) { note("tear-down in " + place_of(apart::context::current())); }};

/// The id of the process that has said so: 0 before.
std::string id_file(const std::string& who) { return std::string(std::getenv("SUBJECT_ONCE")) + '.' + who; }
void tell_id_of(const std::string& who) { std::ofstream(id_file(who)) << ::getpid(); }
pid_t id_of(const std::string& who) {
  std::ifstream file(id_file(who));
  pid_t id = 0;
  file >> id;
  return id;
}

apart::per_run patient{"patient", [] {
                         note("waiting in a set-up");
                         tell_id_of("set-up");
                         apart::context::current().wait();
                         note("the set-up noticed: " + apart::context::current().cause());
                         return 1;
                       }};

/// One that nothing ends but SIGKILL.
apart::per_run deaf{"deaf", [] {
                      std::signal(SIGTERM, SIG_IGN);
                      note("deaf set-up");
                      while (true) ::pause();
                      return 1;
                    }};

/// One whose process has closed what it got from the launcher beside its work.
apart::per_run silent{"silent", [] {
                        ::shutdown(apart::detail::launched_as().news, SHUT_RDWR);
                        return 1;
                      }};

/// Two of one name.
apart::per_run twin{"twin", [] {
                      note("twin set up");
                      return 1;
                    }};
apart::per_run other_twin{"twin", [] {
                            note("twin set up");
                            return 2;
                          }};
TEST_CASE("asks for a set-up whose name stands twice", "[.twin]") { static_cast<void>(*twin); }

extern apart::per_run<std::string> chicken;
apart::per_run<std::string> egg{"egg", [] { return *chicken; }};
apart::per_run<std::string> chicken{"chicken", [] { return *egg; }};

apart::claim_handler things{"thing", [](std::string_view name) { note("cleaned up " + std::string(name)); }};

/// A process that lives as long as the worker.
struct process_of_worker {
  process_of_worker() {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    if (::fork() == 0) {
      note("owned stray");
      ::close(ends[1]);
      ::close(ends[0]);
      ::pause();
      ::_exit(0);
    }
    ::close(ends[1]);
    char byte = 0;
    static_cast<void>(!::read(ends[0], &byte, 1));  // until the child has noted it
    ::close(ends[0]);
  }
};
apart::per_process owned_server{[] { return process_of_worker(); }};

struct crash_at_start {
  crash_at_start() {
    if (driver_asks_for("static initialisation crashes") && std::getenv("APART_WORKER") != nullptr) {
      std::fputs("the constructor is broken\n", stderr);
      std::abort();
    }
  }
  ~crash_at_start() {
    if (driver_asks_for("static destruction crashes") && std::getenv("APART_WORKER") != nullptr) std::abort();
  }
} at_start;

}  // namespace

#define PASSING(number)                                         \
  TEST_CASE("passing test " #number, "[good]") {                \
    note("ran passing test " #number);                          \
    std::printf("output of passing test " #number "\n");        \
    CHECK(apart::this_test::name() == "passing test " #number); \
  }
PASSING(1)
PASSING(2)
PASSING(3)
PASSING(4)
PASSING(5)
PASSING(6)
PASSING(7)
PASSING(8)

TEST_CASE("odd \"name\", with [brackets], * and a \\backslash", "[good]") { note("ran odd name"); }

TEST_CASE("serial test 1", "[good][serial]") { note("ran serial test 1"); }
TEST_CASE("serial test 2", "[good][SERIAL]") { note("ran serial test 2"); }

TEST_CASE("asks for the server", "[.server]") { CHECK(server->size() == 22); }
TEST_CASE("asks for the server too", "[.server]") { CHECK(server.get() == std::string("address and \0 password", 22)); }
TEST_CASE("asks for the server as well", "[.server]") { CHECK(*server == std::string("address and \0 password", 22)); }
TEST_CASE("asks for what stands on the server", "[.inner]") { CHECK(inner->size() == 23); }
/// As libraries do it: what the first use makes is destroyed at exit.
void clean_up_with_client(std::string_view name) {
  struct client {
    bool alive = true;
    ~client() { alive = false; }
  };
  static client one;
  note((one.alive ? "cleaned up " : "cleaned up too late ") + std::string(name));
}
apart::claim_handler used_things{"used thing", clean_up_with_client};
TEST_CASE("uses what its claim's handler uses, and does not release it", "[.used_claim]") {
  static_cast<void>(apart::claim("used thing", "what was left"));
  clean_up_with_client("something else");
}

TEST_CASE("claims something, starts a program and is killed", "[.claimed]") {
  const apart::claim mine("thing", "of the killed");
  int ends[2];
  REQUIRE(::pipe(ends) == 0);  // the program's stdout, to hear that it runs
  const int before = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  const apart::claimed_process program(
      {"sh", "-c", "trap 'echo ended as asked $$ >>\"$SUBJECT_JOURNAL\"; exit' TERM; echo; sleep 1000 & wait"});
  ::dup2(before, STDOUT_FILENO);
  char byte = 0;
  REQUIRE(::read(ends[0], &byte, 1) == 1);
  ::raise(SIGKILL);
}

TEST_CASE("holds the run for itself until it is told", "[.turns][serial]") {
  std::puts("it holds the run");
  std::fflush(stdout);
  char byte = 0;
  REQUIRE(::read(STDIN_FILENO, &byte, 1) == 1);
  note("let the run go");
}
TEST_CASE("shares the run", "[.turns]") { note("shared the run"); }

/// Fails where another one of its group runs.
#define GROUPED(number)                                                             \
  TEST_CASE("one of a group " #number, "[.grouped][group:only one:1]") {            \
    const std::string path = std::string(std::getenv("SUBJECT_JOURNAL")) + ".only"; \
    const int alone = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);      \
    REQUIRE(alone >= 0);                                                            \
    std::this_thread::sleep_for(std::chrono::milliseconds(20));                     \
    ::close(alone);                                                                 \
    ::unlink(path.c_str());                                                         \
  }
GROUPED(1)
GROUPED(2)
GROUPED(3)
GROUPED(4)

TEST_CASE("is of a group without a limit", "[.bad-group][group:only one]") {}

apart::per_run claiming{"claiming",
                        [] {
                          static_cast<void>(apart::claim("thing", "of the set-up"));
                          tell_id_of("keeper");
                          // Until the one who asks has given up, and its process has gone.
                          const auto is_gone = [](pid_t id) { return id != 0 && ::kill(id, 0) != 0; };
                          while (driver_asks_for("slow set-up") && !is_gone(id_of("asker"))) std::this_thread::yield();
                          return 1;
                        },
                        [](const int&) { note("claiming torn down"); }};
TEST_CASE("claims what stands on a set-up", "[.claiming]") {
  CHECK(*claiming == 1);
  static_cast<void>(apart::claim("thing", "of a body"));
  if (driver_asks_for("body is killed")) ::raise(SIGKILL);
  if (driver_asks_for("keeper is killed")) ::kill(id_of("keeper"), SIGKILL);
  if (driver_asks_for("launcher is killed")) {
    ::kill(::getppid(), SIGKILL);
    ::pause();
  }
}
TEST_CASE("gives up a set-up", "[.gives-up]") {
  const auto soon = apart::with_timeout(apart::this_test::ctx(), std::chrono::milliseconds(50));
  CHECK_THROWS_AS(claiming.get(soon), apart::cancelled_error);
  tell_id_of("asker");
}

TEST_CASE("asks for a cycle", "[.cycle]") { CHECK(egg->empty()); }
TEST_CASE("asks for what stands in a function", "[.local]") {
  static apart::per_run local{"local", [] { return 1; }};
  CHECK(*local == 1);
}

TEST_CASE("fails", "[.fails]") {
  std::printf("printed before the failure\n");
  CHECK(1 == 2);
}
TEST_CASE("fails too", "[.fails]") { throw std::runtime_error("thrown by the test"); }
TEST_CASE("~odd \"name\", with [brackets] and a 'quote', fails \\", "[.odd-fails]") { CHECK(1 == 2); }
TEST_CASE("odd too: $(name) `of a test` \"fails\" * ~", "[.odd-fails]") { CHECK(1 == 2); }
TEST_CASE("-begins with a dash", "[.odd-fails]") { CHECK(1 == 2); }
TEST_CASE("fails four times", "[.four]") {
  for (int i = 0; i < 4; ++i) CHECK(1 == 2);
}
#ifdef SKIP  // Catch2 3
TEST_CASE("skips itself", "[.skips]") { SKIP("no server here"); }
#endif

TEST_CASE("fails as it should", "[.should-fail][!shouldfail]") { CHECK(1 == 2); }
TEST_CASE("leaves with _exit(0)", "[.leaves]") { ::_exit(0); }
TEST_CASE("leaves with exit(0)", "[.exits]") { std::exit(0); }
TEST_CASE("aborts", "[.aborts]") {
  std::fputs("last words", stderr);
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}
TEST_CASE("segfaults", "[.segfaults]") {
  apart::this_test::on_cleanup([] { note("cleaned up in a signal handler"); });
  ::raise(SIGSEGV);
}
TEST_CASE("is killed", "[.killed]") { ::raise(SIGKILL); }

int overflow(int depth) {
  volatile char room[4096] = {static_cast<char>(depth)};
  return depth == 0 ? 0 : overflow(depth + 1) + room[0];
}

/// SUBJECT_MODE: "victim 2 aborts", or "every victim aborts".
void die_where_asked(const std::string& number) {
  const char* const mode = std::getenv("SUBJECT_MODE");
  const std::string asked = mode != nullptr ? mode : "";
  const std::size_t verb = asked.rfind(' ') + 1;
  if (asked.compare(0, verb, "victim " + number + " ") != 0 && asked.compare(0, verb, "every victim ") != 0) return;
  const std::string how = asked.substr(verb);
  for (const int signal : {SIGABRT, SIGSEGV})
    std::signal(signal, SIG_DFL);  // Catch2's handlers have a test of their own
  if (how == "_exits") ::_exit(0);
  if (how == "exits") std::exit(0);
  if (how == "quick_exits") std::quick_exit(0);
  if (how == "aborts") std::abort();
  if (how == "segfaults") ::raise(SIGSEGV);
  if (how == "overflows") static_cast<void>(overflow(1));
  if (how == "is-killed") ::raise(SIGKILL);
}

#define VICTIM(number)                         \
  TEST_CASE("victim " #number, "[.victims]") { \
    note("victim " #number " began");          \
    die_where_asked(#number);                  \
    note("victim " #number " ended");          \
  }
void one_of_many_victims() { ::raise(SIGKILL); }

struct many_victims {
  many_victims() {
    for (int number = 10; number < 40; ++number) {
      REGISTER_TEST_CASE(one_of_many_victims, "one of many victims, " + std::to_string(number), "[.many-victims]");
    }
  }
} registered_many_victims;

VICTIM(1)
VICTIM(2)
VICTIM(3)
VICTIM(4)
VICTIM(5)

TEST_CASE("prints in pieces", "[.pieces]") {
  std::printf("begun by the test, ");
  std::fflush(stdout);
  CHECK(std::system("printf 'gone on by its child, '; printf 'said on stderr, ' >&2") == 0);
  std::printf("without an end");
}

TEST_CASE("ends a while after its context", "[.late-end]") {
  apart::this_test::ctx().wait();
  note("noticed: " + apart::this_test::ctx().cause());
}
TEST_CASE("has a clean-up that waits for its end", "[.late-clean-up]") {
  apart::this_test::on_cleanup([] {
    apart::context::current().wait();
    note("noticed: " + apart::context::current().cause());
  });
}

namespace {

void take(std::chrono::milliseconds time) { static_cast<void>(apart::context::background().sleep_for(time)); }

}  // namespace

TEST_CASE("has parts that take 200 ms each", "[.parts]") {
  apart::this_test::on_cleanup([] { take(std::chrono::milliseconds(200)); });
  take(std::chrono::milliseconds(200));
  SECTION("one") {}
  SECTION("two") {}
  SECTION("three") {}
}

TEST_CASE("prints more than anyone can read", "[.endless]") {
  std::printf("first words");
  std::fflush(stdout);
  REQUIRE(::APART_DETAIL_LARGE(ftruncate)(STDOUT_FILENO, apart::detail::sys::file_offset{1} << 46) == 0);
  FAIL("last words");
}

TEST_CASE("reports what it was not told to run", "[.lies]") {
  static_cast<void>(*server);
  note("lies");
  apart::detail::connection work(apart::detail::launched_as().work);
  work.send(apart::detail::wire_writer(apart::detail::message::finished).number(4711));
  while (true) ::pause();
}

TEST_CASE("uses a process whose parent, a daemon, ends", "[.daemon]") {
  int calls[2];
  int answers[2];
  REQUIRE(::pipe(calls) == 0);
  REQUIRE(::pipe(answers) == 0);
  const pid_t starter = ::fork();
  if (starter == 0) {
    const pid_t daemon = ::fork();
    if (daemon == 0) {
      ::setsid();
      if (::fork() == 0) {  // serves
        ::close(calls[1]);
        ::close(answers[0]);
        const pid_t leader = ::getpgrp();
        static_cast<void>(!::write(answers[1], &leader, sizeof leader));
        char byte = 0;
        while (::read(calls[0], &byte, 1) == 1) static_cast<void>(!::write(answers[1], &byte, 1));
      }
      ::_exit(0);
    }
    ::_exit(0);
  }
  ::close(calls[0]);
  ::close(answers[1]);
  ::waitpid(starter, nullptr, 0);
  pid_t daemon = 0;
  REQUIRE(::read(answers[0], &daemon, sizeof daemon) == sizeof daemon);
  // Until the launcher, which has adopted it, has waited for it.
  REQUIRE(
      apart::poll_until(apart::this_test::ctx(), std::chrono::milliseconds(1), [&] { return ::kill(daemon, 0) != 0; }));
  char byte = 'x';
  CHECK(::write(calls[1], &byte, 1) == 1);
  CHECK(::read(answers[0], &byte, 1) == 1);
  ::close(calls[1]);
  ::close(answers[0]);
}

TEST_CASE("asks for a set-up that nothing ends", "[.deaf-set-up]") { CHECK(*deaf == 1); }
TEST_CASE("fails once a set-up waits", "[.fails-beside-set-up]") {
  while (id_of("set-up") == 0) std::this_thread::yield();
  FAIL("as it should");
}
TEST_CASE("asks for a set-up, and waits", "[.silent]") {
  CHECK(*silent == 1);
  note("may be looked at");
  while (id_of("driver") == 0) take(std::chrono::milliseconds(1));
}

// As legacy suites are: each writes what all others write.

namespace {

void write_fixed_paths(const char* text) {
  const std::string home = std::getenv("HOME");
  const std::string temporary = std::getenv("TMPDIR");
  for (const std::string& path :
       {std::string("test.db"), std::string("../settings.ini"), home + "/.rc", temporary + "/dir1"}) {
    CHECK_FALSE(std::filesystem::exists(path));
    std::ofstream(path) << text;
  }
  note("wrote in " + std::filesystem::current_path().string());
}

}  // namespace

#define WRITES_FIXED_PATHS(number) \
  TEST_CASE("writes fixed paths " #number, "[.legacy]") { write_fixed_paths(#number); }
WRITES_FIXED_PATHS(1)
WRITES_FIXED_PATHS(2)
WRITES_FIXED_PATHS(3)
WRITES_FIXED_PATHS(4)

// As legacy suites are: both listen on one port, at the same time.

namespace {

void listen_on_a_fixed_port(const char* self, const char* other) {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(18080);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listening, 1) == 0);
  tell_id_of(self);
  CHECK(apart::poll_until(apart::this_test::ctx(), std::chrono::milliseconds(1), [&] { return id_of(other) != 0; }));
  const int calling = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(::connect(calling, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(calling);
  ::close(listening);
}

}  // namespace

// As legacy suites are: both write one file, and find in it what they wrote while the other one is there, too.

namespace {

void write_a_fixed_path(const char* self, const char* other) {
  const std::string path = std::getenv("SUBJECT_PATH");
  REQUIRE_FALSE(std::filesystem::exists(path));
  std::ofstream(path) << self;
  tell_id_of(self);
  CHECK(apart::poll_until(apart::this_test::ctx(), std::chrono::milliseconds(1), [&] { return id_of(other) != 0; }));
  std::string found;
  std::ifstream(path) >> found;
  CHECK(found == self);
}

}  // namespace

TEST_CASE("writes a fixed path", "[.absolute]") { write_a_fixed_path("first", "second"); }
TEST_CASE("writes it, too", "[.absolute]") { write_a_fixed_path("second", "first"); }

TEST_CASE("listens on a fixed port", "[.port]") { listen_on_a_fixed_port("one", "other"); }
TEST_CASE("listens on it, too", "[.port]") { listen_on_a_fixed_port("other", "one"); }

TEST_CASE("reads what is brought in", "[.brought]") {
  std::string words;
  std::getline(std::ifstream("data/in"), words);
  note("read " + words);
  std::ofstream("out") << "written by the test";
}

TEST_CASE("is isolated from what its test has", "[.nested-own]") {
  note(std::string("inherits [") + std::getenv("APART_OWN_DIRECTORY") + "]");
}

// glibc puts a longer array in the place of the former one when a variable is added.
static char** const environment_at_start = environ;
TEST_CASE("reads an environment that has not moved", "[.environment]") { CHECK(environ == environment_at_start); }

TEST_CASE("goes on until it is told, though its context has ended", "[.stopped]") {
  note("may be stopped");
  while (id_of("driver") == 0) std::this_thread::yield();
}

TEST_CASE("fails once another one waits", "[.fail-fast]") {
  while (id_of("waiting") == 0) std::this_thread::yield();
  FAIL("as it should");
}
TEST_CASE("waits, and is told why it ends", "[.fail-fast]") {
  apart::this_test::on_cleanup([] { note("told: " + apart::context::process().cause()); });
  tell_id_of("waiting");
  apart::this_test::ctx().wait();
}

TEST_CASE("fails in the third round", "[.rounds]") {
  std::ofstream(id_file("rounds"), std::ios::app) << '.';
  std::ifstream file(id_file("rounds"));
  std::string rounds;
  file >> rounds;
  CHECK(rounds.size() != 3);
}

TEST_CASE("holds a lock while another one waits for it", "[.locks]") {
  const apart::run_lock lock("contended");
  tell_id_of("holder");
  while (id_of("waiting") == 0) std::this_thread::yield();
  static_cast<void>(apart::context::background().sleep_for(std::chrono::milliseconds(50)));
}
TEST_CASE("waits for a lock", "[.locks]") {
  while (id_of("holder") == 0) std::this_thread::yield();
  tell_id_of("waiting");
  const apart::run_lock lock("contended");
}

TEST_CASE("builds a server for its process, and leaves it running", "[.owned]") { static_cast<void>(*owned_server); }

TEST_CASE("asks who launches it", "[.nested]") {
  const char* const procs = std::getenv("APART_PROCS");
  const char* const report = std::getenv("APART_JUNIT");
  const char* const limit = std::getenv("APART_TIMEOUT");
  note(std::string("inherits ") + (procs != nullptr ? procs : "-") + (report != nullptr ? report : "-") +
       (limit != nullptr ? limit : "-"));
}

TEST_CASE("a clean-up fails", "[.clean-up]") {
  apart::this_test::on_cleanup([] { note("the first registered"); });
  apart::this_test::on_cleanup([] { throw std::runtime_error("the clean-up is broken"); });
}

TEST_CASE("a forked child comes back from its test", "[.forks]") {
  const pid_t child = ::fork();
  if (child == 0) {
    CHECK(1 == 2);
    return;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE("leaves a process behind", "[.strays]") {
  if (::fork() == 0) {
    note("stray");
    ::pause();
    ::_exit(0);
  }
}
TEST_CASE("leaves a program behind", "[.daemon-by-shell]") { CHECK(std::system("sleep 1000 &") == 0); }
TEST_CASE("leaves a process behind in a session of its own", "[.strays]") {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) {
      ::setsid();
      note("stray");
      ::pause();
    }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("has directories", "[.directories]") {
  const apart::temp_dir directory;
  note("directory " + directory.path().string());
  static apart::temp_dir kept_by_the_process;
  note("directory " + kept_by_the_process.path().string());
}

TEST_CASE("waits for the end of its context", "[.waits]") {
  apart::this_test::on_cleanup([] { note("cleaned up after: " + apart::context::process().cause()); });
  note("waiting");
  std::printf("waiting\n");
  apart::this_test::ctx().wait();
}
TEST_CASE("waits as well", "[.waits-too]") {
  apart::this_test::on_cleanup([] { note("cleaned up as well"); });
  note("waiting as well");
  apart::this_test::ctx().wait();
}
TEST_CASE("has a clean-up that takes its time", "[.slow]") {
  apart::this_test::on_cleanup([] {
    static_cast<void>(apart::context::background().sleep_for(std::chrono::milliseconds(300)));
    note("cleaned up slowly");
  });
  note("waiting for a slow clean-up");
  apart::this_test::ctx().wait();
}
TEST_CASE("asks for its first set-up in a clean-up", "[.late]") {
  apart::this_test::on_cleanup([] { static_cast<void>(*patient); });
  note("waiting");
  apart::this_test::ctx().wait();
}
TEST_CASE("tells its place", "[.places]") {
  CHECK(*placed == 1);
  note("test in " + place_of(apart::this_test::ctx()));
  apart::this_test::on_cleanup([] { note("clean-up in " + place_of(apart::context::current())); });
}
TEST_CASE("asks for a set-up that waits", "[.patient]") { CHECK(*patient == 1); }
TEST_CASE("ignores the end of its context", "[.deaf]") {
  std::signal(SIGTERM, SIG_IGN);
  note("waiting");
  for (;;) ::pause();
}
TEST_CASE("ends on SIGTERM", "[.terminates]") {
  std::signal(SIGTERM, SIG_DFL);
  note("waiting");
  for (;;) ::pause();
}

TEST_CASE("closes every descriptor", "[.closes]") { ::close_range(3, ~0U, 0); }

TEST_CASE("notes who it is", "[.whoami]") {
  const apart::worker& self = apart::this_worker();
  CHECK(self.source == "launcher");
  note("run id: " + self.run_id);
  const char* const coordinator = std::getenv("APART_COORDINATOR");
  note(std::string("meets at: ") + (coordinator != nullptr ? coordinator : ""));
  if (!self.run_id.empty() && self.index < 3 && self.count == 3)
    note("run is known, worker below 3, from the launcher");
}

TEST_CASE("starts a helper", "[.helper]") {
  // Both of the worker's lines to the launcher are sockets.
  std::FILE* helper = ::popen("ls -l /proc/self/fd | grep -c socket:; echo $APART_LAUNCHED", "re");
  int sockets = -1;
  char launched[200] = "";
  CHECK(std::fscanf(helper, "%d %199s", &sockets, launched) == 2);
  ::pclose(helper);
  CHECK(sockets == 0);
  CHECK(launched[0] == '-');
}

// What death tests do: GoogleTest's fast ones fork, its thread-safe ones start the program anew for one test.
struct noted_object {
  noted_object() { note("object built"); }
  ~noted_object() { note("object destroyed"); }
};
apart::per_process<noted_object> noted_one{[] { return noted_object(); }};

TEST_CASE("has a child that exits", "[.death]") {
  static_cast<void>(*noted_one);
  CHECK(server->size() == 22);
  const apart::temp_dir directory;
  static const apart::temp_dir static_directory;
  const pid_t child = ::fork();
  if (child == 0) std::exit(3);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 3));
  CHECK(std::filesystem::exists(directory.path()));
  CHECK(std::filesystem::exists(static_directory.path()));
}

TEST_CASE("has a child that runs one test of the program anew", "[.death]") {
  static_cast<void>(*noted_one);
  const apart::temp_dir directory;
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/proc/self/exe", "suite", "is run by another test", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(std::filesystem::exists(directory.path()));
}

TEST_CASE("is run by another test", "[.anew]") {
  static_cast<void>(*noted_one);
  const apart::temp_dir directory;
  note("ran anew");
}

// A name that is another in every process.
TEST_CASE("named by its process " + std::to_string(driver_asks_for("lists differ") ? ::getpid() : 0), "[.named]") {}
