#pragma once

#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Collects what a removal could not remove.
class removal {
 public:
  void add(const std::string& path, int code) {
    if (++count_ > most_named) return;
    if (!left_) left_.code = std::error_code(code, std::generic_category());
    if (count_ > 1) left_.text += "; ";
    left_.text += path + ": could not be removed: " + std::generic_category().message(code);
  }

  std::size_t count() const noexcept { return count_; }

  /// "<path>: could not be removed: <reason>", the first few of them in one line, and the first one's code.
  fault result() && {
    if (count_ > most_named) left_.text += ", and " + std::to_string(count_ - most_named) + " more";
    return std::move(left_);
  }

 private:
  static constexpr std::size_t most_named = 4;
  std::size_t count_ = 0;
  fault left_;
};

/// Begins every name that nobody owns any more: whoever finds it may remove it.
inline constexpr const char* garbage_prefix = "g-";

}  // namespace detail
APART_END_NAMESPACE
