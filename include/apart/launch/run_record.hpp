#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE

/// When something went on. Of the steady clock, which all processes of a machine share.
struct time_span {
  std::chrono::steady_clock::time_point began{};
  std::chrono::steady_clock::time_point ended{};
};

/// A time in which a test did nothing but wait for others.
struct wait_record {
  std::string what;  ///< 'run_lock "db"', 'per_run "server"'
  time_span when;
};

/// One test that has ended.
struct test_record {
  std::string name;
  outcome result = outcome::passed;
  bool crashed = false;  ///< it took its process with it
  unsigned worker = 0;   ///< in which it ran
  time_span when;        ///< clean-ups included
  std::string why;       ///< what its output does not say of a failure
  std::string output;    ///< all that was printed while it ran, of any bytes
  std::vector<wait_record> waits = {};
  std::vector<std::string> left_running = {};  ///< processes that it started and left: "sleep (process 123)"
};

/// One set-up or tear-down of a `per_run`.
struct per_run_record {
  std::string name;
  bool tear_down = false;
  time_span when;
  std::string failure;  ///< "": it succeeded
};

/// What happened in one run, for the reports that are written from it: all that has ended, in the order of its end.
/// Kept only where a report was asked for.
struct run_record {
  std::string program;
  std::uint32_t seed = 0;
  unsigned workers = 0;
  unsigned round = 1;                               ///< of several, see --repeat
  std::chrono::system_clock::time_point started{};  ///< the same moment as `when.began`, by the calendar
  time_span when;
  std::vector<test_record> tests = {};
  std::vector<per_run_record> set_ups = {};
  std::vector<std::string> never_ran = {};
};

APART_END_NAMESPACE
