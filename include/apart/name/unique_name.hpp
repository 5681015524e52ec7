#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <apart/error.hpp>
#include <apart/name/detail/compose.hpp>
#include <apart/name/detail/counter.hpp>
#include <apart/name/name_rule.hpp>

APART_BEGIN_NAMESPACE

/// A name that nobody else has: `<prefix>-<14 characters of bcdfghjklmnpqrstvwxz2456789>`.
///
///     apart::unique_name("orders")                             // orders-kx4m8vd2rfz7wq, a DNS label
///     apart::unique_name(apart::rules::postgresql, "Orders")   // orders_t9bn5hgc6pw2jk
///
/// Unique: in one process two calls never return the same 14 characters, whatever the prefixes and rules: a counter
/// goes through a bijection on 64 bits and is spelled in full. Under the launcher that holds for all processes that it
/// starts in a run, since each counts in a block of its own (2^40 names; whoever uses that up goes on as below).
/// Everyone else, a forked child and a program that a worker starts among them, begins at a random place of the other
/// half of the space: P processes that draw M names each then meet with a probability of at most P^2 * M / 2^63. A
/// thousand processes with a million names each: 1e-7. It holds between runs and between machines too.
/// Valid: any bytes in the prefix give a name that the rule accepts. Letters change their case where the rule wants it,
/// what it does not allow becomes its separator, and what is too long is cut: the prefix, never the unique part.
/// Threads: any, without waiting for each other. Fork: the child counts elsewhere, after a raw clone of a process with
/// one thread too. Names do not repeat from run to run on purpose; there is no seed.
/// Errors: `apart::error` when the system gives no random numbers, or when a rule leaves no room for a name.
[[nodiscard]] inline std::string unique_name(const name_rule& rule, std::string_view prefix = "test") {
  const std::uint64_t value = detail::unique_bits();
  if (detail::plain_prefixes_of(rule).contain(prefix)) return detail::join(prefix, rule.separator, value);
  return detail::compose(rule, prefix, value);
}

[[nodiscard]] inline std::string unique_name(std::string_view prefix = "test") {
  const std::uint64_t value = detail::unique_bits();
  if (detail::plain_dns_labels.contain(prefix)) return detail::join(prefix, rules::dns_label.separator, value);
  return detail::compose(rules::dns_label, prefix, value);
}

/// The same with a rule that is a constant, as `unique_name<apart::rules::postgresql>("orders")`: one that makes no sense
/// does not compile.
template <const name_rule& Rule>
[[nodiscard]] std::string unique_name(std::string_view prefix = "test") {
  detail::check_constant_rule<detail::flaw_of(Rule)>();
  return unique_name(Rule, prefix);
}

std::string unique_name(std::nullptr_t) = delete;
std::string unique_name(const name_rule&, std::nullptr_t) = delete;

/// How often `create_unique` tries: the number that the API server of Kubernetes settled on for generated names.
inline constexpr int create_attempts = 8;

/// Makes something under a name that only its service can tell to be free, and returns the name:
///
///     std::string bucket = apart::create_unique(rules::dns_label, "logs", [&](const std::string& name) {
///       return s3.create_bucket(name) != already_exists;
///     });
///
/// `create(name)` returns exactly bool: true = made, false = "exists already", which is tried again under another name,
/// `create_attempts` times in all. What it throws passes through at once.
/// Errors: `apart::error` naming the attempts and the last name when all of them existed.
template <class Create>
std::string create_unique(const name_rule& rule, std::string_view prefix, Create create) {
  static_assert(std::is_same_v<std::invoke_result_t<Create&, const std::string&>, bool>,
                "create(name) must return exactly bool: true = made, false = exists already");
  std::string name;
  for (int attempt = 1; attempt <= create_attempts; ++attempt) {
    name = unique_name(rule, prefix);
    if (create(static_cast<const std::string&>(name))) return name;
  }
  detail::raise(error("'" + name + "' exists already, and so did the names of " + std::to_string(create_attempts - 1) +
                      " attempts before (" + std::to_string(create_attempts) +
                      " in all): check that create() returns false only for a name that is taken"));
}

APART_END_NAMESPACE
