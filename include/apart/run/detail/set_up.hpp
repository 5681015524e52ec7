#pragma once

#include <cstdlib>
#include <string>

#include <apart/context/context.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/waits.hpp>
#include <apart/error.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/detail/ctest_set_ups.hpp>
#include <apart/run/detail/local_set_ups.hpp>
#include <apart/run/detail/remote_set_ups.hpp>
#include <apart/run/detail/set_up_entry.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The process that was started, as against its forked children.
inline const process_owner loaded_process;

/// The end of a process's part in its run: tears down the infrastructure that no other process needs, the last set up
/// first. Returns whether every tear-down succeeded; what failed is reported. Does nothing the second time.
inline bool end_own_run() {
  bool succeeded = true;
  local_set_ups::of_this_process().tear_down([&](const std::string& text) {
    succeeded = false;
    report(text);
  });
  return succeeded;
}

/// The same with what was claimed: first, since it may stand on what is torn down; what set-ups have claimed last.
inline bool end_own_run_and_claims() {
  const auto failed = [](const char* what) { report(what); };
  attempt(clean_claims_of_run, failed);
  const bool succeeded = end_own_run();
  attempt([] { set_up_journals_of_this_process.clean(); }, failed);
  return succeeded;
}

/// For one whose object goes, as in a function: its part ends with it. Not in a launcher's keeper, which is told what to end,
/// nor in one of ctest, which has ended all.
inline void end_set_up(const set_up_entry& entry) {
  if (!ends_set_ups_at_exit.load() || !loaded_process.is_this_process()) return;
  local_set_ups::of_this_process().tear_down(entry, [](const std::string& text) {
    report(text);
    fails_at_exit.store(true);
  });
}

/// Registered at the first set-up: what was built with its payload is destroyed before, in the order of the program's
/// static objects. A tear-down that failed has the process fail once it has left its run.
inline void end_own_run_at_exit() {
  if (loaded_process.is_this_process() && !end_own_run_and_claims()) fails_at_exit.store(true);
}

/// The payload of `entry` as bytes, from whoever sets it up for this process.
inline std::string payload_of(const set_up_entry& entry, const context& waiting) {
  if (current_phase.load() == phase::listing) {
    raise(error(entry.label() + " was asked for while tests are only being listed; ask for it in a test"));
  }
  if (!loaded_process.is_this_process()) {
    raise(error(entry.label() + " was asked for first in a forked child; ask for it once before the fork"));
  }
  if (launched_as().is_worker()) {
    const wait_scope noted(entry.label());
    return remote_set_ups::of_this_process().get(entry, waiting).value();
  }
  if (launched_as().is_keeper()) {  // in a set-up: the launcher knows who does this one
    const auto given = remote_set_ups::of_this_process().get(entry, waiting);
    return given ? *given : local_set_ups::of_this_process().get(entry, waiting);
  }
  const bool alone = this_worker().source == alone_source;
  const std::string* const run_directory = alone ? nullptr : &coordination_directory();
  if (!ends_set_ups_at_exit.exchange(true)) std::atexit(end_own_run_at_exit);
  if (!alone) let_ctest_keeper_set_up(entry, *run_directory, waiting);
  return local_set_ups::of_this_process().get(entry, waiting, run_directory);
}

}  // namespace detail
APART_END_NAMESPACE
