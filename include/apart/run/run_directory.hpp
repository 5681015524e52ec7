#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <apart/detail/file_system.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/user_root.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/claim_journal.hpp>
#include <apart/run/detail/own_journals.hpp>
#include <apart/run/detail/run_place.hpp>

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

/// The same, for who returns what the system refused: null where there is a `failed`. A variable of the library's own
/// that makes no sense is an `apart::error` here, too.
[[nodiscard]] inline const std::string* run_directory(fault& failed);

/// The directory in which the processes of this run meet: `<coordination root>/c-<hash of the run id>`. All as with the
/// run's directory, but in the place that does not depend on `TMPDIR`: processes to which a runner gave temporary
/// directories of their own find one another here. What stands in it is removed with it, whoever made it, but not before
/// what dead processes have claimed is cleaned up: by who ends normally or sweeps, see `claim`. The process that makes
/// it reports where the run is spread over several machines (see `this_worker`), so that it is told once on each.
[[nodiscard]] inline const std::string& coordination_directory();

/// What the launcher tells its members, so that they meet where it would: "APART_COORDINATOR=file:/...". Nothing where
/// there is no such place: who needs it gets the error.
[[nodiscard]] inline std::string coordinator_for_members();

/// Lets what stands in the run's directory at `path`, and so the directory itself, outlive the run, and reports it. The
/// directories of the three runs that kept something last stay; the next ones to do so replace them.
[[nodiscard]] inline fault keep_in_run_directory(const std::string& path);

/// For who ends a run, and a worker behind its last test: cleans up what dead processes of it have claimed, before the
/// tear-downs; and what dead set-ups have claimed, after them, and before what is left running is ended: so it ends in its
/// own way. Never fail, as the next one.
inline void clean_claims_of_dead(std::string_view run_id);
inline void clean_claims_of_dead_set_ups(std::string_view run_id);

/// For who ends a run: cleans up what its dead processes have claimed, and removes its directories if no process holds
/// their locks and nothing in them was kept or is left. Makes nothing and never fails: what it cannot do it reports.
inline void remove_run_directory(std::string_view run_id);

// ---------------------------------------------------------------------------------------------------------------------

/// What shows that processes of this run are on other machines, which this place does not join.
inline void report_several_machines() {
  const process_place& here = this_place();
  if (here.several_machines.empty()) return;
  report(here.self.source + " runs the processes of this run on several machines (" + here.several_machines +
         "), and they meet through files, which join those of one machine: each machine sets up and locks for itself");
}

inline run_place files_place{"r-", find_files_root, [] {}};
inline run_place coordination_place{"c-", find_coordination_root, report_several_machines};

inline void leave_run() {
  files_place.leave();
  journals_of_this_process.leave();
  set_up_journals_of_this_process.leave();
  coordination_place.leave();
}

/// Whether the process is to end with a failure, whatever main has returned: something that runs after it went wrong.
inline std::atomic<bool> fails_at_exit{false};

/// `leave_run` once this process may have joined. Not named by what stands in each translation unit: so only those that use
/// the run's directories are compiled with all that stands behind it.
inline std::atomic<void (*)()> leaves_joined_run{nullptr};

/// Leaves when the process ends normally: after everything that was made since the program was loaded.
struct leave_run_at_exit {
  ~leave_run_at_exit() {
    if (void (*const leave)() = leaves_joined_run.load(std::memory_order_acquire))
      attempt(leave, [](const char* what) { report(what); });
    if (!fails_at_exit.load()) return;
    std::fflush(nullptr);
    std::_Exit(EXIT_FAILURE);
  }
};
inline leave_run_at_exit leaves_run_at_exit;

/// Cleans up what this process and dead ones of its run have claimed, but for what their set-ups have.
inline void clean_claims_of_run() {
  const std::string* const directory = coordination_place.joined();
  if (directory == nullptr) return;
  journals_of_this_process.clean();
  clean_claims(*directory);
}

inline std::atomic<bool> cleans_claims_at_exit{false};

/// Whether another handler ends the process's set-ups, and cleans up what they have claimed after that.
inline std::atomic<bool> ends_set_ups_at_exit{false};

/// When the process ends normally, before the handlers of claims are destroyed, and whatever else was made before this
/// process joined its run. Where it has set-ups, they end in between, see `end_own_run_at_exit`. A launcher's worker leaves
/// them to others, in which handlers do not meet what an exit has already destroyed.
inline void clean_claims_at_exit() {
  if (launched_as().is_worker() || cleans_claims_at_exit.exchange(true)) return;
  std::atexit([] {
    attempt(
        [] {
          clean_claims_of_run();
          if (!ends_set_ups_at_exit.load()) set_up_journals_of_this_process.clean();
        },
        [](const char* what) { report(what); });
  });
}

inline const std::string* run_directory(fault& failed) {
  leaves_joined_run.store(leave_run, std::memory_order_release);
  return files_place.directory(failed);
}

inline const std::string& run_directory() {
  fault failed;
  const std::string* const joined = run_directory(failed);
  raise_if(failed);
  return *joined;
}

inline const std::string& coordination_directory() {
  fault failed;
  leaves_joined_run.store(leave_run, std::memory_order_release);
  const std::string* const joined = coordination_place.directory(failed);
  raise_if(failed);
  clean_claims_at_exit();
  return *joined;
}

inline std::string coordinator_for_members() {
  user_root root;
  if (find_coordination_root(root) || make_root(root)) return {};
  return std::string(coordinator_variable) + "=file:" + root.place() + '/';
}

inline fault keep_in_run_directory(const std::string& path) {
  const std::string list = path.substr(0, path.rfind('/')) + kept_name;
  if (const int code = append_line(list, path)) return system_fault(code, "cannot keep '" + path + "'");
  report("kept " + path);
  return {};
}

inline void clean_claims_of_dead(std::string_view run_id, const char* name) {
  attempt(
      [&] {
        const std::string directory = coordination_place.directory_of(run_id);
        if (!directory.empty()) clean_claims(directory, name);
      },
      [](const char* what) { report(what); });
}

inline void clean_claims_of_dead(std::string_view run_id) { clean_claims_of_dead(run_id, claims_name); }
inline void clean_claims_of_dead_set_ups(std::string_view run_id) { clean_claims_of_dead(run_id, set_up_claims_name); }

inline void remove_run_directory(std::string_view run_id) {
  attempt(
      [&] {
        files_place.remove(run_id);
        coordination_place.remove(run_id);
      },
      [](const char* what) { report(what); });
}

}  // namespace detail
APART_END_NAMESPACE
