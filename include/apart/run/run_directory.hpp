#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/detail/file_lock.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/files_root.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/process/worker.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The directory in which all processes of this run keep their files: `<files root>/r-<hash of the run id>`, 0700,
/// absolute and canonical. Made at the first call in the run; a process that never asks has none.
///
/// Scope: the run on this machine. Each process that asks holds the directory's lock, shared, until it ends; a forked
/// child holds nothing until it asks itself. Threads: any. At the end of a process, the directory is removed if no
/// other process holds the lock; one that was killed leaves it to the next run that makes a directory of its own, which
/// sweeps its siblings: those whose lock the kernel says nobody holds, whatever their age and whoever made them.
/// Errors: `apart::error` that names the variable from which the place was taken.
[[nodiscard]] inline const std::string& run_directory();

/// Lets what stands in the run's directory at `path`, and so the directory itself, outlive the run, and says so on
/// stderr. The directories of the three runs that kept something last stay; the next ones to do so replace them.
inline void keep_in_run_directory(const std::string& path);

/// For who ends a run: removes its directory if no process holds its lock and nothing in it was kept. Makes nothing and
/// never fails: what it cannot remove it reports on stderr.
inline void remove_run_directory(std::string_view run_id);

// ---------------------------------------------------------------------------------------------------------------------

inline constexpr const char* run_prefix = "r-";
inline constexpr const char* unfinished_run_prefix = "p-";
inline constexpr const char* run_lock_name = "/lock";
inline constexpr const char* kept_name = "/kept";
inline constexpr std::size_t most_kept_runs = 3;

/// The same for every build and machine: FNV-1a, and a round of mixing (the finalizer of SplitMix64), since the name
/// is made of the low bits.
inline std::string run_directory_name(std::string_view run_id) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : run_id) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return run_prefix + base32(hash ^ (hash >> 31), 12);
}

/// What became of a directory whose turn to go it might be.
enum class run_fate { in_use, kept, gone };

/// Removes the directory of a run unless a process holds its lock, or it was kept and is to stay. Under the lock it
/// only takes the directory's name away, in one step: who waits for the lock sees at once that it has to make a new
/// one, and two who remove do not meet.
inline run_fate remove_unused_run(const std::string& directory, bool kept_ones_too) {
  const std::string lock_path = directory + run_lock_name;
  file_lock lock;
  if (lock.open(lock_path) != 0) return run_fate::gone;
  if (!lock.try_lock(lock_mode::exclusive) || !lock.has_its_name()) return run_fate::in_use;
  if (!kept_ones_too && change_time(directory + kept_name) != 0) return run_fate::kept;
  const std::string root = directory.substr(0, directory.rfind('/') + 1);
  const std::string garbage = root + garbage_prefix + random_file_part();
  if (rename_file(directory, garbage) != 0) return run_fate::in_use;
  lock.close();
  if (const removal left = remove_tree(garbage); !left.complete()) report(left.text());
  return run_fate::gone;
}

/// Removes what no process of any run holds, and all but the newest of what was kept.
inline void sweep_runs(const std::string& root) {
  std::vector<std::string> names;
  list_directory(root, names);
  std::vector<std::pair<std::int64_t, std::string>> kept;
  for (const std::string& name : names) {
    const std::string path = root + '/' + name;
    if (name.rfind(garbage_prefix, 0) == 0) {
      if (const removal left = remove_tree(path); !left.complete()) report(left.text());
    } else if (name.rfind(run_prefix, 0) == 0 || name.rfind(unfinished_run_prefix, 0) == 0) {
      if (remove_unused_run(path, false) == run_fate::kept) kept.emplace_back(change_time(path + kept_name), path);
    }
  }
  if (kept.size() <= most_kept_runs) return;
  std::sort(kept.begin(), kept.end());
  kept.resize(kept.size() - most_kept_runs);
  for (const auto& old : kept) remove_unused_run(old.second, true);
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

inline std::atomic<run_membership*> last_membership{nullptr};

/// Makes the directory under a name of its own, locks it there and gives it the run's name: nobody ever finds a run's
/// directory without a lock. A sweeper that is faster than the lock takes it for garbage; then, and when another
/// process of the run was faster, `member.lock` is not open afterwards.
inline void make_run_directory(const files_root& root, run_membership& member) {
  const std::string unfinished = root.path + '/' + unfinished_run_prefix + random_file_part();
  const std::string unfinished_lock = unfinished + run_lock_name;
  int code = make_private_directory(unfinished);
  if (code == 0) code = member.lock.open(unfinished_lock);
  if (code == 0 && member.lock.try_lock(lock_mode::shared) && member.lock.has_its_name()) {
    code = rename_file(unfinished, member.directory);
    if (code == 0) return sweep_runs(root.path);
  }
  member.lock.close();
  remove_tree(unfinished);
  if (code != 0 && code != ENOENT && code != ENOTEMPTY && code != EEXIST) {
    raise_system(code, root.source + ": cannot make '" + member.directory + "'");
  }
}

/// Locks the directory that is there. Waits only for a process that is about to take its name away.
inline void enter_run_directory(const files_root& root, run_membership& member) {
  const std::string lock_path = member.directory + run_lock_name;
  const int code = member.lock.open(lock_path);
  if (code == ENOENT) return;
  if (code != 0) raise_system(code, root.source + ": cannot open '" + lock_path + "'");
  member.lock.lock(lock_mode::shared);
  if (!member.lock.has_its_name()) member.lock.close();
}

inline const std::string& join_run() {
  const files_root& root = files_root_of_this_process();
  auto member = std::make_unique<run_membership>();
  member->directory = root.path + '/' + run_directory_name(this_worker().run_id);
  while (!member->lock.is_open()) {
    make_files_root(root);
    enter_run_directory(root, *member);
    if (!member->lock.is_open()) make_run_directory(root, *member);
  }
  run_membership* last = last_membership.load(std::memory_order_acquire);
  do {
    if (last != nullptr && last->is_current()) return last->directory;
    member->former = last;
  } while (!last_membership.compare_exchange_weak(last, member.get(), std::memory_order_acq_rel));
  return member.release()->directory;
}

inline void leave_run() {
  run_membership* const member = last_membership.load(std::memory_order_acquire);
  if (member == nullptr || !member->is_current()) return;
  member->ended.store(true);
  member->lock.close();
  if (remove_unused_run(member->directory, false) == run_fate::kept) {
    sweep_runs(member->directory.substr(0, member->directory.rfind('/')));
  }
}

/// Leaves when the process ends normally: after everything that was made since the program was loaded.
struct leave_run_at_exit {
  ~leave_run_at_exit() {
    attempt([] { leave_run(); }, [](const char* what) { report(what); });
  }
};
inline leave_run_at_exit leaves_run_at_exit;

inline const std::string& run_directory() {
  const run_membership* const last = last_membership.load(std::memory_order_acquire);
  return last != nullptr && last->is_current() ? last->directory : join_run();
}

inline void keep_in_run_directory(const std::string& path) {
  const std::string list = path.substr(0, path.rfind('/')) + kept_name;
  if (const int code = append_line(list, path)) raise_system(code, "cannot keep '" + path + "'");
  report("kept " + path);
}

inline void remove_run_directory(std::string_view run_id) {
  attempt(
      [&] {
        files_root root;
        if (const files_root* const known = known_files_root.load(std::memory_order_acquire)) {
          root = *known;
        } else if (find_files_root(root) != 0) {
          return;
        }
        if (!refusal_of_files_root(root.path).empty()) return;
        const std::string directory = root.path + '/' + run_directory_name(run_id);
        if (remove_unused_run(directory, false) == run_fate::kept) sweep_runs(root.path);
      },
      [](const char* what) { report(what); });
}

}  // namespace detail
APART_END_NAMESPACE
