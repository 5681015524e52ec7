#pragma once

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/context/detail/scoped_current.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/set_up_entry.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The set-ups that this very process runs: the keeper's, or those of a process that is a run of its own.
///
/// One thread at a time sets up; what it asks for meanwhile is set up inside, and a thread that a set-up starts and
/// waits for must not ask. Torn down in reverse order, by the keeper when it is told to, else at the process's normal
/// end.
class local_set_ups {
 public:
  struct record {
    const set_up_entry* entry;
    bool ready;
    std::string bytes;  ///< the payload, or what went wrong
  };

  static local_set_ups& of_this_process() {
    static auto* set_ups = new local_set_ups;
    return *set_ups;
  }

  /// The payload, after the set-up where it has not run. Throws what went wrong, the same for everyone.
  std::string get(const set_up_entry& entry, const context& waiting) {
    const on_cancel wake(waiting, [this] {
      const program_lock lock(program_mutex());
      turn_.notify_all();
    });
    int named_so = 0;
    static_cast<void>(set_up_entry::find(entry.name(), named_so));
    program_lock lock(program_mutex());
    const auto my_turn = [this] { return running_.empty() || owner_ == std::this_thread::get_id(); };
    turn_.wait(lock, [&] { return my_turn() || waiting.cancelled(); });
    if (!my_turn()) {
      lock.unlock();
      waiting.throw_if_cancelled();
    }
    if (const record* known = find(entry)) return result(*known);
    for (const set_up_entry* outer : running_) {
      if (outer == &entry) raise(error(entry.label() + " needs itself: " + path_to(entry)));
    }
    if (named_so > 1) raise(error(entry.label() + " stands twice in this program; give each its own name"));
    owner_ = std::this_thread::get_id();
    running_.push_back(&entry);
    lock.unlock();
    record done{&entry, false, {}};
    done.ready = attempt(
        [&] {
          const phase_scope setting_up(phase::set_up);
          const scoped_context own =
              context_access::child_of(context::process(), "set-up", shared_unless_empty(entry.name()));
          const scoped_current_of_thread current(own);
          done.bytes = entry.run_set_up();
        },
        [&](const char* text) { done.bytes = entry.label() + ": its set-up failed: " + text; });
    lock.lock();
    records_.push_back(std::move(done));
    running_.pop_back();
    if (running_.empty()) {
      owner_ = std::thread::id();
      turn_.notify_all();
    }
    return result(records_.back());
  }

  /// What has been decided, in order, but for the first `known`.
  std::vector<record> decided_since(std::size_t known) {
    const program_lock lock(program_mutex());
    return {records_.begin() + static_cast<std::ptrdiff_t>(known), records_.end()};
  }

  /// All of it has been torn down by other means.
  void forget() {
    const program_lock lock(program_mutex());
    records_.clear();
  }

  /// Tears down what is ready, the last first, once. Hands each failure's text to `failed`.
  template <class Failed>
  void tear_down(Failed failed) {
    while (!records_.empty()) {
      const record last = std::move(records_.back());
      records_.pop_back();
      if (last.ready) tear_down_one(*last.entry, last.bytes, failed);
    }
  }

  template <class Failed>
  static void tear_down_one(const set_up_entry& entry, const std::string& payload, Failed failed) {
    if (!entry.has_tear_down()) return;
    const phase_scope tearing_down(phase::tear_down);
    const scoped_context own =
        context_access::child_of(context::background(), "tear-down", shared_unless_empty(entry.name()));
    const scoped_current_of_thread current(own);
    attempt([&] { entry.run_tear_down(payload); },
            [&](const char* text) { failed(entry.label() + ": its tear-down failed: " + text); });
  }

 private:
  const record* find(const set_up_entry& entry) const {
    for (const record& known : records_) {
      if (known.entry == &entry) return &known;
    }
    return nullptr;
  }

  static std::string result(const record& decided) {
    if (!decided.ready) raise(error(decided.bytes));
    return decided.bytes;
  }

  std::string path_to(const set_up_entry& entry) const {
    std::string path;
    for (const set_up_entry* outer : running_) path += std::string(outer->name()) + " > ";
    return path + entry.name();
  }

  waiting_threads turn_;
  std::thread::id owner_;
  std::vector<const set_up_entry*> running_;
  std::vector<record> records_;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool local_set_ups_exist = (local_set_ups::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE
