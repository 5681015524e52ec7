#pragma once

#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE

/// What a wait throws that its context has ended. `what()` names the nearest test, set-up, tear-down, clean-up or worker
/// around the wait, where there is one, how and how long ago the context ended, and the cause:
///
///     test "stores a record": timed out 0.2 s ago: the test's time (APART_TIMEOUT or --timeout) is over
class cancelled_error : public error {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  cancelled_error(std::error_code code, std::string cause, time_point when, const std::string& what)
      : error(what), code_(code), cause_(std::move(cause)), when_(when) {}

  /// std::errc::operation_canceled, or std::errc::timed_out.
  [[nodiscard]] std::error_code code() const noexcept { return code_; }
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }
  /// When the context was cancelled.
  [[nodiscard]] time_point when() const noexcept { return when_; }

 private:
  std::error_code code_;
  std::string cause_;
  time_point when_;
};

APART_END_NAMESPACE
