#pragma once

#include <cstdlib>
#include <string>

#include <apart/context/context.hpp>
#include <apart/context/detail/scoped_current.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/set_up_entry.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

struct set_up_outcome {
  bool ready = false;
  std::string bytes;  ///< the payload, or what went wrong
};

/// Runs the user's function in a context of its own. A forked child that comes out of it is ended: it must not go on as
/// if it were its parent.
template <class Function>
bool run_apart(const set_up_entry& entry, phase what, const char* kind, const context& parent, std::string& failure,
               Function function) {
  const process_owner owner;
  const bool succeeded = attempt(
      [&] {
        const phase_scope running(what);
        const scoped_context own = context_access::child_of(parent, kind, shared_unless_empty(entry.name()));
        const scoped_current_of_thread current(own);
        function();
      },
      [&](const char* text) { failure = entry.label() + ": its " + kind + " failed: " + text; });
  if (!owner.is_this_process()) {
    report(entry.label() + ": a forked child came out of its " + kind + "; have it end there, by exec or _exit");
    std::_Exit(EXIT_FAILURE);
  }
  return succeeded;
}

inline set_up_outcome run_set_up(const set_up_entry& entry) {
  set_up_outcome done;
  std::string failure;
  done.ready =
      run_apart(entry, phase::set_up, "set-up", context::process(), failure, [&] { done.bytes = entry.run_set_up(); });
  if (!done.ready) done.bytes = failure;
  return done;
}

/// What went wrong; "" where nothing did.
inline std::string run_tear_down(const set_up_entry& entry, const std::string& payload) {
  std::string failure;
  if (entry.has_tear_down()) {
    run_apart(entry, phase::tear_down, "tear-down", context::background(), failure,
              [&] { entry.run_tear_down(payload); });
  }
  return failure;
}

}  // namespace detail
APART_END_NAMESPACE
