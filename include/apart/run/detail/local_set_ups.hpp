#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/context/detail/raise_cancelled.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/own_journals.hpp>
#include <apart/run/detail/run_set_up.hpp>
#include <apart/run/detail/set_up_entry.hpp>
#include <apart/run/detail/shared_set_up.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The set-ups that this very process asks for where no launcher answers: those that it runs itself, as the keeper does
/// or a process that is a run of its own, and those that it shares with the other processes of its run.
///
/// One thread at a time sets up; what it asks for meanwhile is set up inside, and a thread that a set-up starts and
/// waits for must not ask. Torn down in reverse order, by the keeper when it is told to, else at the process's normal
/// end.
class local_set_ups {
 public:
  struct record {
    const set_up_entry* entry;
    set_up_outcome outcome;
    std::chrono::steady_clock::time_point began;
    std::chrono::steady_clock::time_point ended;
  };

  static local_set_ups& of_this_process() {
    static auto* set_ups = new local_set_ups;
    return *set_ups;
  }

  /// The payload, after the set-up where it has not run. Throws what went wrong, the same for everyone. `run_directory`:
  /// where the processes meet that share it; null where this one has it alone.
  std::string get(const set_up_entry& entry, const context& waiting, const std::string* run_directory = nullptr) {
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
      const std::string asked_for = running_.front().entry->label();
      lock.unlock();
      raise_cancelled(waiting, entry.label() + ": " + describe_end(*context_access::node(waiting)) +
                                   "; another thread of this process asks for " + asked_for);
    }
    shared_set_up* outer = running_.empty() ? nullptr : running_.back().shared;
    if (outer != nullptr && !outer->leads()) outer = nullptr;
    if (outer != nullptr) {
      lock.unlock();  // this thread has the turn, and keeps it
      outer->note_use(entry.name());
      lock.lock();
    }
    if (const record* known = find(entry)) return result(known->outcome);
    for (const running& one : running_) {
      if (one.entry == &entry) raise(error(entry.label() + " needs itself: " + path_to(entry)));
    }
    if (named_so > 1) {
      lock.unlock();
      raise(error(set_up_entry::refusal_of_twins(entry.name())));
    }
    shared_set_up* const shared = run_directory == nullptr ? nullptr : &share(entry, *run_directory);
    const turn mine(*this, {&entry, shared});
    lock.unlock();
    const auto use = [&](const std::string& name) {
      int count = 0;
      const set_up_entry* const used = set_up_entry::find(name, count);
      if (used == nullptr) raise(error(entry.label() + " stands on \"" + name + "\", which this program has not"));
      static_cast<void>(get(*used, waiting, run_directory));
    };
    const auto began = std::chrono::steady_clock::now();
    set_up_outcome outcome = shared == nullptr ? run_here(entry) : shared->join(waiting, outer, use);
    const record made{&entry, outcome, began, std::chrono::steady_clock::now()};
    lock.lock();
    records_.push_back(made);
    lock.unlock();
    if (decided != nullptr) decided(made);
    return result(outcome);
  }

  /// For who keeps what others set up: it lasts until this process ends its part, see `tear_down`.
  void witness(const set_up_entry& entry, const std::string& run_directory) {
    const program_lock lock(program_mutex());
    share(entry, run_directory).witness();
  }

  /// Called with each as soon as it is decided, also where it is one that another set-up stands on, which goes on: from then
  /// on somebody else can tear it down.
  void (*decided)(const record&) = nullptr;

  /// All of it has been torn down by other means.
  void forget() {
    const program_lock lock(program_mutex());
    records_.clear();
  }

  /// Tears down what is ready, the last first, once; what is shared, where no other process needs it. Hands each
  /// failure's text to `failed`.
  template <class Failed>
  void tear_down(Failed failed) {
    std::vector<record> ended;
    std::vector<running> shared;
    {
      const program_lock lock(program_mutex());
      ended = std::exchange(records_, {});
      for (const auto& [entry, one] : shared_) {
        if (!is_another_threads(one.get())) shared.push_back({entry, one.get()});
      }
    }
    for (; !ended.empty(); ended.pop_back()) {
      const record& last = ended.back();
      shared_set_up* its = nullptr;
      for (running& one : shared) {
        if (one.entry == last.entry) its = std::exchange(one.shared, nullptr);
      }
      end(*last.entry, last.outcome, its, failed);
    }
    for (const running& undecided : shared) {
      if (undecided.shared != nullptr) end(*undecided.entry, {}, undecided.shared, failed);
    }
  }

  /// The same for one of them, whose object goes: nothing here refers to it any more.
  template <class Failed>
  void tear_down(const set_up_entry& entry, Failed failed) {
    set_up_outcome outcome;
    std::unique_ptr<shared_set_up> shared;
    {
      const program_lock lock(program_mutex());
      const auto is_its = [&](const record& known) { return known.entry == &entry; };
      if (const auto known = std::find_if(records_.begin(), records_.end(), is_its); known != records_.end()) {
        outcome = std::move(known->outcome);
        records_.erase(known);
      }
      if (const auto found = shared_.find(&entry); found != shared_.end()) {
        shared = std::move(found->second);
        shared_.erase(found);
        if (is_another_threads(shared.get())) return static_cast<void>(shared.release());
      }
    }
    end(entry, outcome, shared.get(), failed);
  }

 private:
  struct running {
    const set_up_entry* entry;
    shared_set_up* shared;
  };

  /// Of the thread that sets up. Begins with `program_mutex` held, and ends without.
  class turn {
   public:
    turn(local_set_ups& all, running one) : all_(all) {
      all_.owner_ = std::this_thread::get_id();
      all_.running_.push_back(one);
    }
    ~turn() {
      const program_lock lock(program_mutex());
      all_.running_.pop_back();
      if (!all_.running_.empty()) return;
      all_.owner_ = std::thread::id();
      all_.turn_.notify_all();
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

   private:
    local_set_ups& all_;
  };

  template <class Failed>
  static void end(const set_up_entry& entry, const set_up_outcome& outcome, shared_set_up* shared, Failed failed) {
    std::string failure;
    if (shared != nullptr) {
      attempt([&] { failure = shared->leave(); }, [&](const char* text) { failure = text; });
    } else if (outcome.ready) {
      failure = run_tear_down(entry, outcome.bytes);
    }
    if (!failure.empty()) failed(failure);
  }

  static set_up_outcome run_here(const set_up_entry& entry) {
    const local_set_up_claims claims;
    return run_set_up(entry);
  }

  /// It still waits for it: the kernel ends that part with the process. With `program_mutex` held.
  bool is_another_threads(const shared_set_up* shared) const {
    if (owner_ == std::this_thread::get_id()) return false;
    for (const running& one : running_) {
      if (one.shared == shared) return true;
    }
    return false;
  }

  const record* find(const set_up_entry& entry) const {
    for (const record& known : records_) {
      if (known.entry == &entry) return &known;
    }
    return nullptr;
  }

  shared_set_up& share(const set_up_entry& entry, const std::string& run_directory) {
    std::unique_ptr<shared_set_up>& shared = shared_[&entry];
    if (shared == nullptr) shared = std::make_unique<shared_set_up>(entry, run_directory);
    return *shared;
  }

  static std::string result(const set_up_outcome& outcome) {
    if (!outcome.ready) raise(error(outcome.bytes));
    return outcome.bytes;
  }

  std::string path_to(const set_up_entry& entry) const {
    std::string path;
    for (const running& one : running_) path += std::string(one.entry->name()) + " > ";
    return path + entry.name();
  }

  waiting_threads turn_;
  std::thread::id owner_;
  std::vector<running> running_;
  std::vector<record> records_;
  std::map<const set_up_entry*, std::unique_ptr<shared_set_up>> shared_;  ///< never destroyed: a thread may be in one
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool local_set_ups_exist = (local_set_ups::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE
