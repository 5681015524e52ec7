#pragma once

// How a test runs the suite of tests/launch/subject/suite.cpp, and what it finds out about the run.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(_WIN32)
#include <apart/detail/path_text.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/name/unique_name.hpp>
#else
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <apart/context/poll.hpp>
#include <apart/detail/process_status.hpp>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/interrupt.hpp"
#include "support/run_program.hpp"

/// One run of the suite: a place of its own for its files, and the journal that its tests write.
class subject {
 public:
  explicit subject(std::string mode = {}) : mode_(std::move(mode)) {
#if defined(_WIN32)
    place_ = std::filesystem::temp_directory_path() / apart::unique_name("subject");
#else
    std::string form = std::filesystem::temp_directory_path() / "subject-XXXXXX";
    place_ = ::mkdtemp(form.data());
#endif
    std::filesystem::create_directories(place_ / "tmp");
  }
#if defined(_WIN32)
  ~subject() { static_cast<void>(apart::detail::remove_tree(apart::detail::path_text(place_))); }
#else
  ~subject() { std::filesystem::remove_all(place_); }
#endif

  /// Where its files stand.
  std::filesystem::path tmp() const { return place_ / "tmp"; }

  std::vector<std::string> environment() const {
    return {"SUBJECT_JOURNAL=" + (place_ / "journal").string(),
            "SUBJECT_ONCE=" + (place_ / "once").string(),
            "SUBJECT_MODE=" + mode_,
            "APART_TMPDIR=" + tmp().string(),
            "APART_COORDINATOR",
            "APART_RUN_ID"};
  }

#if !defined(_WIN32)
  /// What the suite's `id_of("driver")` waits for.
  void tell_driver_id() const { std::ofstream(place_ / "once.driver") << ::getpid(); }
#endif

  static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), APART_SUBJECT);
    return arguments;
  }

  program::result run(const std::vector<std::string>& arguments) const {
    return run_program(command(arguments), environment());
  }

#if !defined(_WIN32)
  /// As its tests note something.
  void add(const std::string& what) const {
    std::ofstream(place_ / "journal", std::ios::app) << what << ' ' << ::getpid() << '\n';
  }
#endif

  /// As Catch2 would have printed it on an endless line.
  static std::string unwrapped(const std::string& output) {
    std::string text;
    for (const char letter : output) {
      const bool space = letter == ' ' || letter == '\n';
      if (!space || text.empty() || text.back() != ' ') text += space ? ' ' : letter;
    }
    return text;
  }

  /// What the journal says, and how often, without the process ids.
  std::map<std::string, int> journal() const {
    std::map<std::string, int> notes;
    for (const auto& [what, pid] : entries()) ++notes[what];
    return notes;
  }

  /// The same, in their order.
  std::vector<std::string> notes() const {
    std::vector<std::string> all;
    for (const auto& [what, pid] : entries()) all.push_back(what);
    return all;
  }

  /// The processes that noted it.
  std::set<int> processes_of(const std::string& noted) const {
    std::set<int> pids;
    for (const auto& [what, pid] : entries()) {
      if (what == noted) pids.insert(pid);
    }
    return pids;
  }

  /// What is left in the place of the run's files.
  std::vector<std::string> files_left() const {
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tmp())) {
      if (entry.path().filename().string().rfind("apart-", 0) != 0) left.push_back(entry.path().string());
    }
    return left;
  }

  /// Waits until the journal has that note; the test's time limit ends a wait in vain.
  void wait_for(const std::string& noted) const {
    REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1),
                              [&] { return journal().count(noted) > 0; }));
  }

#if !defined(_WIN32)
  /// Waits until a process waits for a lock by name of the run, by the kernel's list (proc(5), /proc/locks).
  void wait_for_lock_waiter() const {
    REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1), [&] {
      std::ifstream locks("/proc/locks");
      for (std::string line; std::getline(locks, line);) {
        for (const std::string& path : files_left()) {
          struct stat status {};
          if (path.find("/l-") == std::string::npos || ::stat(path.c_str(), &status) != 0) continue;
          const bool same = line.find(":" + std::to_string(status.st_ino) + " ") != std::string::npos;
          if (same && line.find("-> ") != std::string::npos) return true;
        }
      }
      return false;
    }));
  }
#endif

 private:
  std::vector<std::pair<std::string, int>> entries() const {
    std::vector<std::pair<std::string, int>> all;
    std::ifstream journal(place_ / "journal");
    for (std::string line; std::getline(journal, line);) {
      const std::size_t space = line.rfind(' ');
      all.emplace_back(line.substr(0, space), std::stoi(line.substr(space + 1)));
    }
    return all;
  }

  std::string mode_;
  std::filesystem::path place_;
};

#if defined(_WIN32)
inline bool is_alive(int pid) {
  const HANDLE process = ::OpenProcess(SYNCHRONIZE, FALSE, static_cast<DWORD>(pid));
  const bool alive = process != nullptr && ::WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
  if (process != nullptr) ::CloseHandle(process);
  return alive;
}
#else
/// Waits until the system says so of a process: 'T' stopped, 'S' asleep (proc(5)).
inline void wait_for_state(pid_t process, char state) {
  REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1), [&] {
    int code = 0;
    const auto status = apart::detail::status_of_process(process, code);
    return status && status->state == state;
  }));
}

/// Also where nobody has reaped it yet.
inline bool has_ended(pid_t process) {
  int code = 0;
  const auto status = apart::detail::status_of_process(process, code);
  return !status || status->state == 'Z' || status->state == 'X';
}

inline bool is_alive(int pid) { return ::kill(pid, 0) == 0; }
#endif

/// How many tests passed of a run in which none failed.
inline int passed_in(const std::string& output) {
  const auto at = output.find(" passed, 0 failed");
  return at == std::string::npos ? 0 : std::stoi(output.substr(output.rfind('\n', at) + 1));
}

using support::contains;
using support::wait_for_another_interrupt;

/// The good tests, each of which ran exactly once.
inline void check_good_tests_ran_once(const subject& suite) {
  const auto journal = suite.journal();
  for (int number = 1; number <= 8; ++number) {
    const std::string note = "ran passing test " + std::to_string(number);
    CAPTURE(note);
    CHECK(journal.count(note) == 1);
    CHECK(journal.at(note) == 1);
  }
  CHECK(journal.at("ran odd name") == 1);
  CHECK(journal.at("ran serial test 1") == 1);
  CHECK(journal.at("ran serial test 2") == 1);
}

/// Of a run of tests that note "ran ..." and of a group with place for one: no two of these were in it at once, and what ran
/// last begins with `serial`.
inline void check_groups_and_serial(const subject& suite, const std::string& serial) {
  int inside = 0;
  std::string last;
  for (const std::string& what : suite.notes()) {
    if (what == "in the group") CHECK(++inside == 1);
    if (what == "out of the group") --inside;
    if (what.find("ran ") == 0) last = what;
  }
  CAPTURE(last);
  CHECK(last.find("ran " + serial) == 0);
}

/// When clean-ups ran and when fixtures went, in that order.
inline std::vector<std::string> clean_ups_and_fixtures(const subject& suite) {
  std::vector<std::string> order;
  for (const std::string& what : suite.notes()) {
    if (what == "clean-up" || what == "fixture is gone") order.push_back(what);
  }
  return order;
}
