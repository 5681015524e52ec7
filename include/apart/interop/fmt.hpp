#pragma once

#include <string>
#include <string_view>

#include <apart/context/context.hpp>
#include <apart/file/config_volume.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/file/temp_file.hpp>
#include <apart/name/name_rule.hpp>
#include <apart/process/worker.hpp>

#include <fmt/format.h>

/// The library's types for fmt (9 or later), with CMake's target `apart::fmt`:
///
///     fmt::print("{} writes to {}\n", apart::this_worker(), directory);   // worker 2 of 4 writes to /tmp/apart-0/...
///
///   temp_dir, temp_file, config_volume   the path; empty when moved from
///   context, scoped_context              its place: background > run > process "worker 2" (deadline in 4.9 s)
///   name_rule                            what it is the rule of: "DNS label"
///   worker                               "worker 2 of 4", numbered from 0; the process for set-ups is "keeper"
///
/// Width, fill and precision are those of a text.

APART_BEGIN_NAMESPACE
namespace detail {

struct path_formatter : fmt::formatter<std::string_view> {
  template <class Owner, class Context>
  auto format(const Owner& owner, Context& context) const {
    return fmt::formatter<std::string_view>::format(owner.path().native(), context);
  }
};

}  // namespace detail
APART_END_NAMESPACE

template <>
struct fmt::formatter<apart::temp_dir> : apart::detail::path_formatter {};
template <>
struct fmt::formatter<apart::temp_file> : apart::detail::path_formatter {};
template <>
struct fmt::formatter<apart::config_volume> : apart::detail::path_formatter {};

template <>
struct fmt::formatter<apart::context> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const apart::context& shown, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(shown), context);
  }
};
template <>
struct fmt::formatter<apart::scoped_context> : fmt::formatter<apart::context> {};

template <>
struct fmt::formatter<apart::name_rule> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const apart::name_rule& rule, Context& context) const {
    return fmt::formatter<std::string_view>::format(rule.what, context);
  }
};

template <>
struct fmt::formatter<apart::worker> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const apart::worker& one, Context& context) const {
    const std::string text = one.source == "keeper" ? one.source : fmt::format("worker {} of {}", one.index, one.count);
    return fmt::formatter<std::string_view>::format(text, context);
  }
};
