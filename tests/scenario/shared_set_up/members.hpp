#pragma once

// Processes of one run that share set-ups without a launcher, as the tests drive them.

#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <apart/context/poll.hpp>
#include <apart/run/detail/set_up_record.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/run_program.hpp"

/// One run: a place of its own for its files, and the journal of what its processes set up and tore down.
class run_of_members {
 public:
  run_of_members() {
    for (const char* const gate : {"gate", "gate a", "gate b"}) {
      if (::mkfifo((here_.path() / gate).c_str(), 0600) != 0) std::abort();
    }
  }

  std::vector<std::string> environment(const std::string& mode, const std::string& run = "run") const {
    return {"MEMBER_PLACE=" + here_.path().string(),
            "MEMBER_MODE=" + mode,
            "APART_TMPDIR=" + here_.path().string(),
            "APART_RUN_ID=" + run,
            "APART_COORDINATOR",
            "APART_WORKER",
            "APART_WORKERS"};
  }

  /// Lets the next process pass that waits at a gate, once it does.
  void open_gate(const std::string& gate = "gate") const {
    const int pipe = ::open((here_.path() / gate).c_str(), O_WRONLY | O_CLOEXEC);
    if (pipe < 0) std::abort();
    ::close(pipe);
  }

  /// Its lines without the process ids.
  std::vector<std::string> journal() const {
    std::vector<std::string> lines;
    std::ifstream file(here_.path() / "journal");
    for (std::string line; std::getline(file, line);) lines.push_back(line.substr(0, line.rfind(' ')));
    return lines;
  }

  int noted(const std::string& what) const {
    int count = 0;
    for (const std::string& line : journal()) count += line.rfind(what, 0) == 0 ? 1 : 0;
    return count;
  }

  void wait_for_note(const std::string& what, int count = 1) const {
    REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1),
                              [&] { return noted(what) >= count; }));
  }

  /// Those of its set-ups.
  std::vector<std::filesystem::path> lock_files() const {
    std::vector<std::filesystem::path> files;
    std::error_code gone;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(here_.root(), gone)) {
      const bool in_set_up = entry.path().parent_path().filename().string().rfind("s-", 0) == 0;
      if (in_set_up && entry.path().filename() == "lock") files.push_back(entry.path());
    }
    return files;
  }

  /// That of the set-up of this name.
  std::filesystem::path lock_file_of(const std::string& name) const {
    for (const auto& path : lock_files()) {
      apart::detail::set_up_record record;
      if (apart::detail::read_record(path.parent_path(), record) == 0 && record.name == name) return path;
    }
    return {};
  }

  /// Until so many processes wait at a gate of its set-ups, by the kernel's list (proc(5), /proc/locks).
  void wait_for_waiters(int count) const {
    std::vector<std::string> files;
    for (const auto& path : lock_files()) {
      struct stat status {};
      REQUIRE(::stat(path.c_str(), &status) == 0);
      files.push_back(":" + std::to_string(status.st_ino) + " ");
    }
    REQUIRE(apart::poll_until(apart::context::background(), std::chrono::milliseconds(1), [&] {
      int waiting = 0;
      std::ifstream locks("/proc/locks");
      for (std::string line; std::getline(locks, line);) {
        for (const std::string& file : files) {
          if (line.find("-> OFDLCK") != std::string::npos && line.find(file) != std::string::npos) ++waiting;
        }
      }
      return waiting >= count;
    }));
  }

  /// What is up.
  std::vector<std::string> infrastructure() const {
    std::vector<std::string> up;
    for (const std::string& name : support::names_in(here_.path())) {
      if (name.find('-') != std::string::npos && name.rfind("apart-", 0) != 0) up.push_back(name);
    }
    return up;
  }

  /// Whether nothing of it, or of any other run, is left in its place.
  bool is_gone() const { return support::names_in(here_.root()).empty(); }

  const support::place& here() const { return here_; }

 private:
  support::place here_;
};

/// One process of it.
class member : public program {
 public:
  explicit member(const run_of_members& run, const std::string& mode = {}, const std::string& binary = APART_MEMBER,
                  const std::string& run_id = "run")
      : program({binary}, run.environment(mode, run_id)) {}

  /// Tells it to, and waits for what it says. Each text is expected once in its life.
  void does(const std::string& command, const std::string& answer) {
    tell(command);
    wait_for_output(answer);
  }
};

inline bool has(const std::string& whole, const std::string& part) { return whole.find(part) != std::string::npos; }
