#pragma once

#include <string>
#include <system_error>
#include <utility>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE

/// What a wait throws that its context has ended.
class cancelled_error : public error {
 public:
  cancelled_error(std::error_code code, std::string cause)
      : error(cause.empty() ? code.message() : cause), code_(code), cause_(std::move(cause)) {}

  /// std::errc::operation_canceled, or std::errc::timed_out.
  [[nodiscard]] std::error_code code() const noexcept { return code_; }
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }

 private:
  std::error_code code_;
  std::string cause_;
};

APART_END_NAMESPACE
