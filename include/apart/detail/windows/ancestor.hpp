#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <apart/detail/process_id.hpp>
#include <apart/detail/windows/process_status.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The nearest process above this one whose program has that name, with ".exe". None: there is no such process, or one on
/// the way to it has ended: then nobody knows what was above that. Any thread.
inline std::optional<process_identity> nearest_ancestor(std::string_view name) {
  const std::vector<listed_process> all = list_processes();
  const std::string program = std::string(name) + ".exe";
  long id = process_id();
  std::uint64_t started = start_of_process(id);
  for (std::size_t steps = 0; steps < all.size(); ++steps) {
    const auto self = std::find_if(all.begin(), all.end(), [&](const listed_process& one) { return one.id == id; });
    if (self == all.end()) break;
    const auto above =
        std::find_if(all.begin(), all.end(), [&](const listed_process& one) { return one.id == self->parent; });
    if (above == all.end()) break;
    const std::uint64_t began = start_of_process(above->id);
    if (began == 0 || began > started) break;  // its number is another process's by now
    if (above->program == program) return process_identity{above->id, began};
    id = above->id;
    started = began;
  }
  return std::nullopt;
}

}  // namespace detail
APART_END_NAMESPACE
