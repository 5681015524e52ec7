#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include <apart/context/context.hpp>
#include <apart/detail/environment.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/process_id.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/detail/named_lock.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The process whose test runs this program, if one does: its id, inherited by all that a test starts.
inline constexpr const char* test_process_variable = "APART_TEST_PROCESS";

/// For the adapters, while the program is loaded by one thread: what this process starts is run by its tests. Returns
/// whether it is itself run by another process's test.
inline bool announce_test_process() {
  const std::string self = std::to_string(process_id());
  const char* const above = std::getenv(test_process_variable);
  const bool inside = above != nullptr && self != above;
  static_cast<void>(set_variable(test_process_variable, self));
  return inside;
}

/// Keeps a serial test alone among the processes of its run where no launcher does: it holds a lock of the run
/// exclusively for as long as it runs, every other test holds it shared.
///
/// A process that is a run of its own takes no part, nor does a program that a test runs: its test has a turn already, and
/// would wait for itself. Crash: the kernel frees the turn. Cancellation: the wait ends with the process's context.
class serial_turn {
 public:
  serial_turn(bool serial, bool inside_a_test) {
    if (inside_a_test || launched_as().is_worker() || this_worker().source == alone_source) return;
    hold_.emplace("serial tests", serial ? lock_mode::exclusive : lock_mode::shared, context::process());
  }

 private:
  std::optional<lock_hold> hold_;
};

}  // namespace detail
APART_END_NAMESPACE
