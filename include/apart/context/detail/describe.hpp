#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <apart/context/detail/context_node.hpp>
#include <apart/detail/duration.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// `test "stores a record"`, or the kind alone. With `program_mutex` held.
inline std::string label_of(const context_node& node) {
  return node.name == nullptr ? node.kind : std::string(node.kind) + " \"" + *node.name + "\"";
}

/// The nearest, here or above, that has a name; "" where none has. With `program_mutex` held.
inline std::string label_of_nearest(const context_node& node) {
  const context_node* named = &node;
  while (named != nullptr && named->name == nullptr) named = named->parent();
  return named == nullptr ? std::string() : label_of(*named);
}

/// "cancelled 0.3 s ago: the run is over", of one that is cancelled.
inline std::string describe(const cancellation& reason) {
  const auto since = std::chrono::steady_clock::now() - reason.when;
  return (reason.code == std::errc::timed_out ? "timed out " : "cancelled ") + in_words(since) +
         " ago: " + reason.text();
}

/// `background > run > process "worker 2" > test "stores a record" (deadline in 4.9 s)`
inline std::string describe(const context_node& node) {
  std::string text;
  {
    const program_lock lock(program_mutex());
    std::vector<const context_node*> path;
    for (const context_node* above = &node; above != nullptr; above = above->parent()) path.push_back(above);
    for (auto place = path.rbegin(); place != path.rend(); ++place) {
      if (!text.empty()) text += " > ";
      text += label_of(**place);
    }
  }
  if (node.stop.stopped()) return text + " (" + describe(node.reason()) + ")";
  if (!node.deadline) return text;
  return text + " (deadline in " + in_words(*node.deadline - std::chrono::steady_clock::now()) + ")";
}

/// What an error says of a wait that `node` has ended: the nearest that has a name, and why.
inline std::string describe_end(const context_node& node) {
  std::string text;
  {
    const program_lock lock(program_mutex());
    text = label_of_nearest(node);
  }
  if (!text.empty()) text += ": ";
  return text + describe(node.reason());
}

}  // namespace detail
APART_END_NAMESPACE
