#pragma once

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

#include <apart/detail/phase.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What becomes of the files of a test when their owner goes.
enum class keep_policy {
  unread,
  none,    ///< they are removed
  failed,  ///< they stay if the test that runs has failed
  all,     ///< they stay
};

inline std::atomic<keep_policy> known_keep_policy{keep_policy::unread};

inline keep_policy read_keep_policy() {
  const char* const value = std::getenv("APART_KEEP");
  if (value == nullptr || *value == '\0') return keep_policy::none;
  const std::string_view text(value);
  if (text == "none") return keep_policy::none;
  if (text == "failed") return keep_policy::failed;
  if (text == "all") return keep_policy::all;
  raise(error("APART_KEEP='" + std::string(text) + "' is not known: give none, failed or all"));
}

/// `APART_KEEP` (none, failed or all; none when it is unset), read at the first call that succeeds. An `apart::error`
/// names any other value.
inline keep_policy current_keep_policy() {
  keep_policy policy = known_keep_policy.load(std::memory_order_relaxed);
  if (policy == keep_policy::unread) {
    policy = read_keep_policy();
    known_keep_policy.store(policy, std::memory_order_relaxed);
  }
  return policy;
}

/// Whether what is given up now stays.
inline bool keeps_now() {
  const keep_policy policy = current_keep_policy();
  return policy == keep_policy::all || (policy == keep_policy::failed && test_failed.load());
}

}  // namespace detail
APART_END_NAMESPACE
