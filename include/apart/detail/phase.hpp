#pragma once

#include <atomic>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What the upper rooms let the lower ones know, so that no include has to go upwards. An adapter, a `per_run` or the
/// launcher sets a word; anyone reads it. Process-wide, any thread; a forked child keeps its parent's values.
enum class phase { idle, listing, set_up, test, clean_up, tear_down };

inline std::atomic<phase> current_phase{phase::idle};

/// Whether the test that runs has failed so far. Read by what keeps the files of failed tests.
inline std::atomic<bool> test_failed{false};

/// How often this process has built something that outlives the test that asked first: what is started for it belongs to
/// the process, not to the test.
inline std::atomic<unsigned> process_builds{0};

/// Sets the phase for a scope and puts the former one back.
class phase_scope {
 public:
  explicit phase_scope(phase now) noexcept : before_(current_phase.exchange(now)) {}
  ~phase_scope() { current_phase.store(before_); }
  phase_scope(const phase_scope&) = delete;
  phase_scope& operator=(const phase_scope&) = delete;

 private:
  phase before_;
};

}  // namespace detail
APART_END_NAMESPACE
