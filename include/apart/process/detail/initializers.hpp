#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/detail/program_mutex.hpp>
#include <apart/detail/refuse_empty.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/process/detail/process_objects.hpp>
#include <apart/process/per_process.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What is registered under a name, and where.
struct initializer_entry {
  const char* name;
  std::vector<const char*> after;
  void (*run)();
  const char* file;
  int line;

  std::string where() const { return std::string(file) + ":" + std::to_string(line); }
  std::string label() const { return std::string("initializer '") + (unnamed() ? "" : name) + "' (" + where() + ")"; }
  bool unnamed() const noexcept { return name == nullptr || *name == '\0'; }

  /// Not when it is registered: then the program is still loaded, and nobody could say what is wrong.
  void refuse_if_unusable() const {
    if (unnamed()) raise(error("initializer at " + where() + ": its name is empty; give it one"));
    refuse_empty(run, label().c_str());
    for (const char* other : after) {
      if (other == nullptr) raise(error(label() + " runs after a name that is null; give the name, or take it out"));
    }
  }
};

/// All that are registered at the moment, in the order of registration. Never destroyed: objects in other files of the
/// program register before and unregister after this one's would be.
class initializer_registry {
 public:
  static initializer_registry& instance() {
    static auto* const all = new initializer_registry;
    return *all;
  }

  void add(const initializer_entry* entry) {
    program_lock lock(program_mutex());
    entries_.push_back(entry);
    const bool too_late = run_in_ == process_generation();
    lock.unlock();
    if (!too_late) return;
    report(entry->label() + " is registered after the initializers of this process have run" + in_this_worker() +
           ": it will not run; load what registers it before the first test");
  }

  void remove(const initializer_entry* entry) noexcept {
    const program_lock lock(program_mutex());
    for (std::size_t i = entries_.size(); i-- > 0;) {
      if (entries_[i] == entry) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  /// Those that run now.
  std::vector<const initializer_entry*> take() {
    const program_lock lock(program_mutex());
    run_in_ = process_generation();
    return entries_;
  }

 private:
  std::uint64_t run_in_ = 0;  // the process that has taken them
  std::vector<const initializer_entry*> entries_;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool initializer_registry_exists = (initializer_registry::instance(), true);

/// Puts entries into an order in which each comes after all that it names, and else as they were registered.
class initializer_order {
 public:
  explicit initializer_order(std::vector<const initializer_entry*> entries) : entries_(std::move(entries)) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      entries_[i]->refuse_if_unusable();
      for (std::size_t j = 0; j < i; ++j) {
        if (std::string_view(entries_[i]->name) == entries_[j]->name) refuse_twice(*entries_[j], *entries_[i]);
      }
    }
    for (const initializer_entry* entry : entries_) visit(*entry);
  }

  const std::vector<const initializer_entry*>& order() const noexcept { return order_; }

 private:
  void visit(const initializer_entry& entry) {
    if (stands_in(order_, entry)) return;
    const bool is_on_the_path = stands_in(path_, entry);
    path_.push_back(&entry);
    if (is_on_the_path) refuse_cycle(entry);
    for (const char* name : entry.after) visit(named(name, entry));
    path_.pop_back();
    order_.push_back(&entry);
  }

  static bool stands_in(const std::vector<const initializer_entry*>& entries, const initializer_entry& one) {
    return std::find(entries.begin(), entries.end(), &one) != entries.end();
  }

  const initializer_entry& named(std::string_view name, const initializer_entry& wanted_by) const {
    std::string known;
    for (const initializer_entry* entry : entries_) {
      if (name == entry->name) return *entry;
      known += std::string(known.empty() ? "" : ", ") + "'" + entry->name + "'";
    }
    raise(error(wanted_by.label() + " runs after '" + std::string(name) +
                "', which is not registered; registered are " + known +
                ": correct the name, or link the file that registers it"));
  }

  [[noreturn]] static void refuse_twice(const initializer_entry& one, const initializer_entry& other) {
    raise(error(std::string("initializer '") + one.name + "' is registered twice: at " + one.where() + " and at " +
                other.where() + "; give each a name of its own"));
  }

  /// `path_` ends with the second time that `first` stands in it.
  [[noreturn]] void refuse_cycle(const initializer_entry& first) const {
    std::string cycle = "'" + std::string(first.name) + "' (" + first.where() + ") runs after ";
    std::size_t i = 0;
    while (path_[i] != &first) ++i;
    for (++i; path_[i] != &first; ++i) {
      cycle += std::string("'") + path_[i]->name + "' (" + path_[i]->where() + "), which runs after ";
    }
    raise(error("initializers that run after each other: " + cycle + "'" + first.name + "'; take one `after` out"));
  }

  std::vector<const initializer_entry*> entries_;
  std::vector<const initializer_entry*> path_;
  std::vector<const initializer_entry*> order_;
};

/// What became of the initializers in this process.
struct initialization {
  struct step {
    std::string name;
    std::string where;
    std::chrono::steady_clock::duration took;
  };
  std::vector<step> run;  ///< those that returned, in order
  std::string failure;    ///< empty: all have run
};

/// An initializer while it runs.
struct running_initializer {
  const initializer_entry& entry;
  bool calls_for_all = false;

  std::string refusal() const { return entry.label() + " calls initialize_process(); take the call out"; }
};

/// That of this thread; null: none.
inline thread_local running_initializer* initializer_of_thread = nullptr;

inline void run_in_order(const std::vector<const initializer_entry*>& order, std::vector<initialization::step>& run) {
  for (const initializer_entry* entry : order) {
    const auto begin = std::chrono::steady_clock::now();
    std::string failure;
    running_initializer running{*entry};
    initializer_of_thread = &running;
    const bool returned = attempt([entry] { entry->run(); }, [&failure](const char* text) { failure = text; });
    initializer_of_thread = nullptr;
    if (running.calls_for_all) raise(error(running.refusal()));  // also where it caught that
    if (!returned) {
      const std::size_t rest = order.size() - run.size() - 1;
      raise(error(entry->label() + in_this_worker() + " failed: " + failure +
                  (rest == 0 ? "" : "; " + std::to_string(rest) + " more were not run")));
    }
    run.push_back({entry->name, entry->where(), std::chrono::steady_clock::now() - begin});
  }
}

inline initialization run_initializers() {
  initialization result;
  attempt([&] { run_in_order(initializer_order(initializer_registry::instance().take()).order(), result.run); },
          [&result](const char* text) { result.failure = text; });
  return result;
}

/// Once in a process, however many threads ask, and again in a forked child that asks: as any other `per_process`.
inline per_process<initialization> process_initialization{&run_initializers};

/// Runs them where they have not been run.
inline const initialization& initialization_of_this_process() {
  if (running_initializer* const running = initializer_of_thread) {
    running->calls_for_all = true;
    raise(error(running->refusal()));
  }
  return *process_initialization;
}

/// "    12.3 ms  <what>", on a line of its own.
inline std::string line_of_report(std::chrono::steady_clock::duration took, const std::string& what) {
  char time[40];
  std::snprintf(time, sizeof time, "\n%8.1f ms  ", std::chrono::duration<double, std::milli>(took).count());
  return time + what;
}

}  // namespace detail
APART_END_NAMESPACE
