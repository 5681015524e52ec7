#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <apart/context/detail/context_node.hpp>
#include <apart/detail/duration.hpp>
#include <apart/detail/one_line.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// `test "stores a record"`, or the kind alone. With `program_mutex` held.
inline std::string label_of(const context_node& node) {
  return node.name == nullptr ? node.kind : std::string(node.kind) + " \"" + one_line(*node.name) + "\"";
}

/// The nearest test, set-up, tear-down, clean-up or named process, here or above; null where there is none. With
/// `program_mutex` held.
inline const context_node* owner_of(const context_node& node) {
  const context_node* owner = &node;
  const auto owns = [](const context_node& asked) {
    return asked.name != nullptr && std::string_view(asked.kind) != "with_deadline";  // whose name is its cause
  };
  while (owner != nullptr && !owns(*owner)) owner = owner->parent();
  return owner;
}

/// "cancelled 0.3 s ago: the run is over", of one that is cancelled.
inline std::string describe(const cancellation& reason) {
  const std::string how = reason.code == std::errc::timed_out ? "timed out" : "cancelled";
  const std::string why = one_line(reason.text());
  const auto since = std::chrono::steady_clock::now() - reason.when;
  return how + " " + in_words(since) + " ago" + (why == how ? "" : ": " + why);
}

/// `background > run > process "worker 2" > test "stores a record" (deadline in 4.9 s)`
inline std::string describe(const context_node& node) {
  std::string text;
  {
    const program_lock lock(program_mutex());
    for (const context_node* above = &node; above != nullptr; above = above->parent()) {
      text.insert(0, label_of(*above) + (text.empty() ? "" : " > "));
    }
  }
  if (node.stop.stopped()) return text + " (" + describe(node.reason()) + ")";
  if (!node.deadline) return text;
  const auto left = *node.deadline - std::chrono::steady_clock::now();
  if (left < left.zero()) return text + " (deadline passed " + in_words(-left) + " ago)";  // not marked yet
  return text + " (deadline in " + in_words(left) + ")";
}

/// What an error says of a wait that `node` has ended: whose it was, and why.
inline std::string describe_end(const context_node& node) {
  std::string text;
  {
    const program_lock lock(program_mutex());
    if (const context_node* const owner = owner_of(node)) text = label_of(*owner) + ": ";
  }
  return text + describe(node.reason());
}

}  // namespace detail
APART_END_NAMESPACE
