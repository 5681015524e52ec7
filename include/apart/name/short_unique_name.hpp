#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <apart/name/detail/compose.hpp>
#include <apart/name/detail/short_counter.hpp>
#include <apart/name/name_rule.hpp>

APART_BEGIN_NAMESPACE

/// `unique_name` with 8 characters in place of 14, for names that people read or that must be short:
///
///     apart::short_unique_name("orders")   // orders-k4m9xd2f
///
/// Unique: in one process two calls never return the same 8 characters, and under the launcher no two processes of a
/// run do. There are 27^8 = 2.8e11, so that beyond a run they meet sooner than long ones: P processes (forked children,
/// programs that a worker starts, other runs) that make M names each, with a probability of at most P^2 * M / 2^36.
/// Ten runs with a thousand names each: 1.5e-6.
/// Threads, fork, validity: as `unique_name`.
/// Errors: `apart::error` when a process that the launcher started has made 4,194,304 of them, when 32,768 processes
/// have been started in the run, when a rule leaves no room, when the system gives no random numbers. Never a repeat.
[[nodiscard]] inline std::string short_unique_name(const name_rule& rule, std::string_view prefix = "test") {
  char unique[detail::short_spelled_size];
  detail::spell_short(detail::permute_short(detail::unique_short_position()), unique);
  return detail::compose(rule, prefix, std::string_view(unique, sizeof unique));
}

[[nodiscard]] inline std::string short_unique_name(std::string_view prefix = "test") {
  return short_unique_name(rules::dns_label, prefix);
}

std::string short_unique_name(std::nullptr_t) = delete;
std::string short_unique_name(const name_rule&, std::nullptr_t) = delete;

APART_END_NAMESPACE
