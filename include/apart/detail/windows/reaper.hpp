#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <apart/detail/launched.hpp>
#include <apart/detail/one_line.hpp>
#include <apart/detail/process_id.hpp>
#include <apart/detail/windows/children.hpp>
#include <apart/detail/windows/path_text.hpp>
#include <apart/detail/windows/process_status.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a process leaves behind stays in the job of who has started it: nobody has to adopt it.
inline void adopt_orphans() noexcept {}

/// A child that has ended. `pid` 0: none has.
struct ended_child {
  process_number pid = 0;
  int status = 0;
};

/// Ends it where it still runs, and all that it has started. Its exit status.
inline int reap(process_number child) {
  children& all = children::of_this_process();
  if (const auto* const known = all.find(child)) known->job.end(ended_by_launcher);
  return all.forget(child);
}

/// The next child that has ended, without waiting. All that it left running ends with it, whatever `ends_with_its_group` says.
template <class Predicate>
ended_child reap_one(Predicate) {
  for (const children::child& one : children::of_this_process().all()) {
    if (::WaitForSingleObject(one.process.get(), 0) != 0) continue;
    const process_number ended = one.id;
    return {ended, reap(ended)};
  }
  return {};
}

/// What runs below this process, as far as a chain of living ones leads there.
inline std::vector<process_number> descendants() {
  const std::vector<listed_process> all = list_processes();
  std::vector<process_number> found{process_id()};
  for (std::size_t at = 0; at < found.size(); ++at) {
    for (const listed_process& one : all) {
      const bool is_known = std::find(found.begin(), found.end(), one.id) != found.end();
      if (one.parent == found[at] && !is_known) found.push_back(one.id);
    }
  }
  return found;
}

/// In a process that a launcher has started: all others of its job, which that one and its descendants have started. Elsewhere
/// what was started by `start_child`. Sorted.
inline std::vector<process_number> children_left() {
  std::vector<process_number> children;
  if (launched_as().role != '-') {
    children = process_job::processes_in(nullptr);
    if (children.empty()) children = descendants();  // Wine 8 tells nobody of his own job
    children.erase(std::remove(children.begin(), children.end(), process_id()), children.end());
  } else {
    for (const auto& one : children::of_this_process().all()) children.push_back(one.id);
  }
  std::sort(children.begin(), children.end());
  return children;
}

/// Nobody is adopted.
class adopted_children {
 public:
  std::vector<process_number> list() const { return {}; }
};

/// "sleep.exe (process 4711)", for people; nothing where it has ended.
inline std::optional<std::string> describe_process(process_number process) {
  constexpr unsigned long to_ask = 0x00101000;  // SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION
  const descriptor opened(::OpenProcess(to_ask, 0, static_cast<unsigned long>(process)));
  if (!opened || ::WaitForSingleObject(opened.get(), 0) == 0) return std::nullopt;
  std::wstring path(32768, L'\0');
  auto size = static_cast<unsigned long>(path.size());
  path.resize(::QueryFullProcessImageNameW(opened.get(), 0, path.data(), &size) != 0 ? size : 0);
  const std::string program = narrow(path);
  return one_line(program.substr(program.find_last_of("\\/") + 1)) + " (process " + std::to_string(process) + ")";
}

/// See `adopted_children`.
inline long launched_ancestor_of(process_number) noexcept { return 0; }

inline void kill_and_reap(process_number child) noexcept { reap(child); }

/// Ends all children but those in `spared`, sorted; each is handed to `told` before.
template <class Told>
void end_children(Told told, const std::vector<process_number>& spared = {}) {
  for (const process_number child : children_left()) {
    if (std::binary_search(spared.begin(), spared.end(), child)) continue;
    told(child);
    reap(child);
  }
}

}  // namespace detail
APART_END_NAMESPACE
