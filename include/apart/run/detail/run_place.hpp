#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/detail/file_lock.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/stable_hash.hpp>
#include <apart/detail/user_root.hpp>
#include <apart/error.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/detail/claim_journal.hpp>
#include <apart/run/detail/locked_directory.hpp>
#include <apart/run/detail/set_up_record.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr const char* unfinished_run_prefix = "p-";
inline constexpr const char* kept_name = "/kept";
inline constexpr std::size_t most_kept_runs = 3;

inline std::string run_directory_name(std::string_view run_id, const char* prefix = "r-") {
  return prefix + base32(stable_hash(run_id), 12);
}

/// What became of a directory whose turn to go it might be.
enum class run_fate { in_use, kept, gone };

/// What becomes of claims that dead processes have left in it. A process that has cleaned up before it leaves does not
/// try again at a moment when its handlers may be destroyed already.
enum class open_claims { are_cleaned_up, are_left };

/// What set-ups have claimed goes last: the rest may stand on it.
inline bool is_cleaned_up(const std::string& directory, open_claims claims) {
  if (claims == open_claims::are_left) return !has_open_set_ups(directory) && !has_open_claims(directory);
  const bool claims_cleaned = clean_claims(directory);
  const bool set_ups_cleaned = clean_set_ups(directory);
  return clean_claims(directory, set_up_claims_name) && claims_cleaned && set_ups_cleaned;
}

/// Removes the directory of a run unless a process holds its lock, something claimed in it is left, or it was kept and
/// is to stay. Under the lock it has claims cleaned up, so that nobody joins meanwhile (a handler that asks for that very
/// directory waits for ever), and takes the directory's name away, in one step: who waits for the lock sees at once that
/// it has to make a new one, and two who remove do not meet.
inline run_fate remove_unused_run(const std::string& directory, bool kept_ones_too,
                                  open_claims claims = open_claims::are_cleaned_up) {
  file_lock lock;
  if (lock.open(directory + directory_lock_name) != 0) return run_fate::gone;
  if (!lock.try_lock(lock_mode::exclusive) || !lock.has_its_name()) return run_fate::in_use;
  if (!is_cleaned_up(directory, claims)) return run_fate::in_use;
  if (!kept_ones_too && change_time(directory + kept_name) != 0) return run_fate::kept;
  return remove_locked_directory(directory, lock) ? run_fate::gone : run_fate::in_use;
}

/// Removes what no process of any run holds, and all but the newest of what was kept.
inline void sweep_runs(const std::string& root, const char* run_prefix) {
  std::vector<std::string> names;
  list_directory(root, names);
  std::vector<std::pair<std::int64_t, std::string>> kept;
  for (const std::string& name : names) {
    const std::string path = root + '/' + name;
    if (name.rfind(garbage_prefix, 0) == 0) {
      report(remove_tree(path));
    } else if (name.rfind(run_prefix, 0) == 0 || name.rfind(unfinished_run_prefix, 0) == 0) {
      if (remove_unused_run(path, false) == run_fate::kept) kept.emplace_back(change_time(path + kept_name), path);
    }
  }
  while (kept.size() > most_kept_runs) {
    const auto oldest = std::min_element(kept.begin(), kept.end());
    remove_unused_run(oldest->second, true);
    kept.erase(oldest);
  }
}

/// One process in one run's directory.
struct run_membership {
  std::string directory;
  file_lock lock;
  process_owner owner;
  std::atomic<bool> ended{false};
  const run_membership* former = nullptr;  ///< a forked child's parent's: references to its directory stay good

  bool is_current() const noexcept { return owner.is_this_process() && !ended.load(std::memory_order_relaxed); }
};

/// One of the roots below which each run has a directory. The object stands at namespace scope, is initialised before
/// anything runs, and needs no destructor. Threads: any.
class run_place {
 public:
  /// `prefix`: of the names of the runs' directories, "r-". `made`: called in the process that has made this run's.
  constexpr run_place(const char* prefix, fault (*find_root)(user_root&), void (*made)()) noexcept
      : prefix_(prefix), find_root_(find_root), made_(made) {}

  /// This run's, which this process joins if it has not yet. Null where there is a `failed`.
  const std::string* directory(fault& failed) {
    const std::string* const known = joined();
    return known != nullptr ? known : join(failed);
  }

  /// This run's if this process is in it; else null.
  const std::string* joined() const noexcept {
    const run_membership* const last = last_.load(std::memory_order_acquire);
    return last != nullptr && last->is_current() ? &last->directory : nullptr;
  }

  /// Whether another process is in it, too.
  bool is_shared() const noexcept {
    const run_membership* const last = last_.load(std::memory_order_acquire);
    return last != nullptr && last->is_current() && last->lock.is_held_against(lock_mode::exclusive);
  }

  /// Removes this run's if no other process is in it.
  void leave() {
    run_membership* const member = last_.load(std::memory_order_acquire);
    if (member == nullptr || !member->is_current()) return;
    member->ended.store(true);
    member->lock.close();
    remove_or_sweep(member->directory, open_claims::are_left);
  }

  /// That of any run, whether it is there or not; "" where there is no place for it.
  std::string directory_of(std::string_view run_id) {
    user_root root;
    if (const user_root* const known = known_root_.load(std::memory_order_acquire)) {
      root = *known;
    } else if (find_root_(root)) {
      return {};
    }
    return refusal_of_root(root) ? std::string() : root.path + '/' + run_directory_name(run_id, prefix_);
  }

  /// Removes that of a run that has ended.
  void remove(std::string_view run_id) {
    const std::string directory = directory_of(run_id);
    if (!directory.empty()) remove_or_sweep(directory, open_claims::are_cleaned_up);
  }

  /// Lets the place be chosen anew, and returns the former one, which others may still refer to: for a test that plays
  /// another program.
  const user_root* forget_root() noexcept { return known_root_.exchange(nullptr); }

 private:
  /// The environment is read at the first call that succeeds, and never again; a forked child has its parent's root.
  /// Published once and left to the system at exit, without a lock that a fork could leave taken.
  const user_root* root(fault& failed) {
    if (const user_root* const known = known_root_.load(std::memory_order_acquire)) return known;
    auto found = std::make_unique<user_root>();
    if ((failed = find_root_(*found))) return nullptr;
    const user_root* first = nullptr;
    if (known_root_.compare_exchange_strong(first, found.get(), std::memory_order_acq_rel)) return found.release();
    return first;
  }

  const std::string* join(fault& failed) {
    const user_root* const place = root(failed);
    if (place == nullptr) return nullptr;
    auto member = std::make_unique<run_membership>();
    member->directory = place->path + '/' + run_directory_name(this_worker().run_id, prefix_);
    while (!member->lock.is_open()) {
      if ((failed = make_root(*place)) || (failed = enter(*place, *member))) return nullptr;
      if (!member->lock.is_open() && (failed = make(*place, *member))) return nullptr;
    }
    run_membership* last = last_.load(std::memory_order_acquire);
    do {
      if (last != nullptr && last->is_current()) return &last->directory;
      member->former = last;
    } while (!last_.compare_exchange_weak(last, member.get(), std::memory_order_acq_rel));
    return &member.release()->directory;
  }

  static bool has_no_locks(int code) noexcept { return code == ENOLCK || code == ENOSYS || code == EOPNOTSUPP; }

  static fault refusal_of_lock(int code, const user_root& place, const std::string& path) {
    const char* const advice =
        has_no_locks(code) ? " (set APART_TMPDIR to a directory of a file system that has locks)" : "";
    return system_fault(code, place.source + ": cannot lock '" + path + "'" + advice);
  }

  /// Locks the directory that is there. Waits only for a process that is about to take its name away.
  static fault enter(const user_root& place, run_membership& member) {
    const std::string lock_path = member.directory + directory_lock_name;
    int code = member.lock.open(lock_path);
    if (code == ENOENT) return {};
    if (code != 0) return system_fault(code, place.source + ": cannot open '" + lock_path + "'");
    code = member.lock.lock(lock_mode::shared);
    if (code != 0 || !member.lock.has_its_name()) member.lock.close();
    return refusal_of_lock(code, place, lock_path);
  }

  /// A sweeper that is faster than the lock takes the new directory for garbage; then, and when another process of the run
  /// was faster, `member.lock` is not open afterwards.
  fault make(const user_root& place, run_membership& member) const {
    const std::string unfinished = place.path + '/' + unfinished_run_prefix + random_file_part();
    const int code = make_locked_directory(member.directory, unfinished, member.lock);
    if (code == 0) {
      sweep_runs(place.path, prefix_);
      made_();
      return {};
    }
    if (has_no_locks(code)) return refusal_of_lock(code, place, unfinished + directory_lock_name);
    if (code == ENOENT || code == ENOTEMPTY || code == EEXIST || code == EAGAIN) return {};
    return system_fault(code, place.source + ": cannot make '" + member.directory + "'");
  }

  void remove_or_sweep(const std::string& directory, open_claims claims) const {
    if (remove_unused_run(directory, false, claims) == run_fate::kept) {
      sweep_runs(directory.substr(0, directory.rfind('/')), prefix_);
    }
  }

  const char* prefix_;
  fault (*find_root_)(user_root&);
  void (*made_)();
  std::atomic<const user_root*> known_root_{nullptr};
  std::atomic<run_membership*> last_{nullptr};
};

}  // namespace detail
APART_END_NAMESPACE
