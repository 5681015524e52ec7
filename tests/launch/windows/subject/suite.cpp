// The suite that the tests of launch/windows/ run in many ways: what of launch/subject/suite.cpp makes sense where there are
// neither forks nor signals, by the same names.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <apart/context/context.hpp>
#include <apart/context/poll.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/windows/child_api.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/process/initializer.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/claim.hpp>
#include <apart/run/per_run.hpp>
#include <apart/test/this_test.hpp>

#include "catch.hpp"
#include "launch/subject/journal.hpp"

#include <windows.h>

namespace {

[[noreturn]] void kill_this_process() {
  ::TerminateProcess(::GetCurrentProcess(), 9);
  std::abort();
}

[[noreturn]] void wait_for_ever() {
  for (;;) ::Sleep(1000);
}

apart::initializer noted("noted", [] {
  note("initialized");
  if (driver_asks_for("initializer throws")) throw std::runtime_error("the registry is broken");
});

apart::per_run server{"server",
                      [] {
                        note("set-up");
                        if (driver_asks_for("set-up throws")) throw std::runtime_error("no port is free");
                        if (driver_asks_for("set-up is killed")) kill_this_process();
                        return std::string("address and \0 password", 22);
                      },
                      [](const std::string& payload) {
                        note("torn down " + std::to_string(payload.size()));
                        if (driver_asks_for("tear-down throws")) throw std::runtime_error("the server does not stop");
                        if (driver_asks_for("tear-down is killed once")) {
                          const std::string once = std::string(std::getenv("SUBJECT_ONCE")) + ".torn";
                          if (!std::filesystem::exists(once)) {
                            std::ofstream(once) << "1";
                            kill_this_process();
                          }
                        }
                      }};

apart::per_run inner{"inner", [] { return *server + "!"; }, [](const std::string&) { note("inner torn down"); }};

apart::per_run patient{"patient", [] {
                         note("waiting in a set-up");
                         apart::context::current().wait();
                         note("the set-up noticed: " + apart::context::current().cause());
                         return 1;
                       }};

/// One that nothing ends but the end of its process.
apart::per_run deaf{"deaf", []() -> int {
                      note("deaf set-up");
                      wait_for_ever();
                    }};

/// This program once more, running the hidden test case that waits for ever. Its number.
DWORD start_stray() {
  wchar_t path[MAX_PATH];
  ::GetModuleFileNameW(nullptr, path, MAX_PATH);
  std::wstring command = L"stray \"waits to be ended\"";
  STARTUPINFOW start{};
  start.cb = sizeof start;
  PROCESS_INFORMATION started{};
  if (!::CreateProcessW(path, command.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &start, &started)) {
    std::abort();
  }
  ::CloseHandle(started.hThread);
  ::CloseHandle(started.hProcess);
  return started.dwProcessId;
}

/// A server that a set-up starts and its tear-down leaves to the system.
apart::per_run leaving{"leaving", [] {
                         note_of("stray", start_stray());
                         return 1;
                       }};

apart::claim_handler things{"thing", [](std::string_view name) { note("cleaned up " + std::string(name)); }};

apart::per_run claiming{"claiming",
                        [] {
                          static_cast<void>(apart::claim("thing", "of the set-up"));
                          return 1;
                        },
                        [](const int&) { note("claiming torn down"); }};

struct crash_at_start {
  crash_at_start() {
    if (driver_asks_for("static initialisation crashes") && std::getenv("APART_WORKER") != nullptr) {
      std::fputs("the constructor is broken\n", stderr);
      std::abort();
    }
  }
} at_start;

/// In the launcher: does what its stdin says, as the person at its console would.
struct person {
  person() {
    if (!driver_asks_for("listens") || apart::detail::launched_as().role != '-') return;
    std::thread([] {
      std::string line;
      DWORD got = 0;
      // Not by the C library: who waits there holds up who exits.
      for (char byte = 0; ::ReadFile(::GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &got, nullptr) && got == 1;) {
        if (byte != '\n') {
          line += byte;
          continue;
        }
        if (line == "Ctrl-C") ::GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
        if (line == "SIGINT") std::raise(SIGINT);
        if (line == "SIGTERM") std::raise(SIGTERM);
        line.clear();
      }
    }).detach();
  }
} at_the_console;

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

void one_of_88() {
  note("ran " + std::string(apart::this_test::name()));
  CHECK(server->size() == 22);
  const apart::temp_dir directory;
  CHECK(std::filesystem::is_directory(directory.path()));
}

struct all_88 {
  all_88() {
    for (int number = 1; number <= 88; ++number) {
      REGISTER_TEST_CASE(one_of_88, "one of 88, " + std::to_string(number), "[.88]");
    }
  }
} registered_88;

TEST_CASE("asks for the server", "[.server]") { CHECK(server->size() == 22); }
TEST_CASE("asks for the server too", "[.server]") { CHECK(server.get() == std::string("address and \0 password", 22)); }
TEST_CASE("asks for the server as well", "[.server]") { CHECK(*server == std::string("address and \0 password", 22)); }
TEST_CASE("asks for what stands on the server", "[.inner]") { CHECK(inner->size() == 23); }
TEST_CASE("asks for a set-up that waits", "[.patient]") { CHECK(*patient == 1); }
TEST_CASE("asks for a set-up that nothing ends", "[.deaf-set-up]") { CHECK(*deaf == 1); }
TEST_CASE("asks for a set-up that leaves a process", "[.leaving]") { CHECK(*leaving == 1); }

TEST_CASE("claims what stands on a set-up", "[.claiming]") {
  CHECK(*claiming == 1);
  static_cast<void>(apart::claim("thing", "of a body"));
  if (driver_asks_for("body is killed")) kill_this_process();
}

TEST_CASE("fails", "[.fails]") {
  std::printf("printed before the failure\n");
  CHECK(1 == 2);
}
TEST_CASE("fails too", "[.fails]") { throw std::runtime_error("thrown by the test"); }
TEST_CASE("~odd \"name\", with [brackets] and a 'quote', fails \\", "[.odd-fails]") { CHECK(1 == 2); }

TEST_CASE("leaves with _exit(0)", "[.leaves]") { ::_exit(0); }
TEST_CASE("leaves with exit(0)", "[.exits]") { std::exit(0); }
TEST_CASE("aborts", "[.aborts]") {
  std::fputs("last words", stderr);
  std::abort();
}
TEST_CASE("writes where nothing is", "[.segfaults]") {
  std::printf("printed before the crash\n");
  volatile int* volatile nothing = nullptr;
  *nothing = 1;
}
TEST_CASE("raises an illegal instruction", "[.illegal]") { ::RaiseException(0xc000001d, 0, 0, nullptr); }
TEST_CASE("is killed", "[.killed]") { kill_this_process(); }

TEST_CASE("prints in pieces", "[.pieces]") {
  std::printf("begun by the test, ");
  std::cout << "gone on by a stream, ";
  std::fputs("said on stderr,\n", stderr);
  std::printf("without an end");
}

TEST_CASE("waits to be ended", "[.ended]") { wait_for_ever(); }
TEST_CASE("leaves a process behind", "[.strays]") { note_of("stray", start_stray()); }
TEST_CASE("leaves a process behind, and is killed", "[.killed-strays]") {
  note_of("stray", start_stray());
  kill_this_process();
}

TEST_CASE("has directories", "[.directories]") {
  const apart::temp_dir directory;
  note("directory");
  static apart::temp_dir kept_by_the_process;
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
TEST_CASE("ignores the end of its context", "[.deaf]") {
  note("waiting");
  wait_for_ever();
}

TEST_CASE("notes who it is", "[.whoami]") {
  const apart::worker& self = apart::this_worker();
  CHECK(self.source == "launcher");
  if (!self.run_id.empty() && self.index < 3 && self.count == 3)
    note("run is known, worker below 3, from the launcher");
}

TEST_CASE("keeps its lines to the launcher for itself", "[.helper]") {
  const auto& told = apart::detail::launched_as();
  REQUIRE(told.is_worker());
  for (const int handle : {told.work, told.news, told.members}) {
    DWORD flags = HANDLE_FLAG_INHERIT;
    CHECK(::GetHandleInformation(apart::detail::handle_of(handle), &flags));
    CHECK((flags & HANDLE_FLAG_INHERIT) == 0);
  }
  CHECK(::GetEnvironmentVariableA(apart::detail::launched_variable, nullptr, 0) == 0);
}

TEST_CASE("writes to fixed paths", "[.own]") {
  CHECK_FALSE(std::filesystem::exists("test.db"));
  std::ofstream("test.db") << "x";
  note("wrote in " + std::filesystem::current_path().filename().string());
}

// A name that is another in every process.
TEST_CASE("named by its process " + std::to_string(driver_asks_for("lists differ") ? ::GetCurrentProcessId() : 0),
          "[.named]") {}
