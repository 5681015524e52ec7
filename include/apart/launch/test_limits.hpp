#pragma once

#include <algorithm>
#include <chrono>
#include <list>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/duration.hpp>
#include <apart/detail/tracer.hpp>
#include <apart/launch/console.hpp>
#include <apart/launch/detail/pauses.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/worker.hpp>

APART_BEGIN_NAMESPACE

/// Looks at the clocks of the running tests: names those that take long, and ends those that go on though their context
/// has (`--timeout`): by SIGQUIT, upon which the worker prints its stack and asks its group to end, and one grace later by
/// SIGKILL. One that a debugger follows at that moment has no limit any more.
class test_limits {
 public:
  using moment = std::chrono::steady_clock::time_point;

  test_limits(const launch_options& options, const plan& tests, std::list<worker_of_crew>& workers, console& out)
      : options_(options), plan_(tests), workers_(workers), out_(out) {}

  /// When to look next.
  moment next() const noexcept {
    moment soonest = moment::max();
    for (const worker_of_crew& one : workers_) soonest = std::min(soonest, one.clock.next());
    return soonest;
  }

  void look(moment now) {
    for (worker_of_crew& one : workers_) {
      if (one.process.alive() && one.clock.next() <= now) look(one, now);
    }
  }

  /// All were stopped for that long.
  void shift(const time_span& paused) {
    pauses_.add(paused);
    for (worker_of_crew& one : workers_) one.clock.shift(paused.ended - paused.began);
  }
  std::chrono::nanoseconds took(const test_record& ended) const { return pauses_.length_without(ended.when); }

  /// The running tests, the one that began first is the first.
  std::vector<running_now> running() const {
    std::vector<running_now> all;
    for (const worker_of_crew& one : workers_) {
      if (!one.given.empty()) all.push_back({plan_.name(one.given.front()), one.index, one.clock.began()});
    }
    std::sort(all.begin(), all.end(), [](const running_now& a, const running_now& b) { return a.since < b.since; });
    return all;
  }

  /// Tells people which tests run at the moment.
  void name_running() const {
    for (const running_now& one : running()) {
      out_.problem(fmt::format("still running: {} (worker {})", one.test, one.worker));
    }
  }

  /// The running test of `one` has ended; it has failed where a body of it took too long. Clean-ups have a limit of their
  /// own, and only its end is told to them.
  void judge(const worker_of_crew& one, const time_span& longest_body, test_record& ended) const {
    const auto took = pauses_.length_without(longest_body);
    if (ended.result == outcome::failed || !options_.timeout || took <= *options_.timeout) return;
    if (one.clock.spared() || is_followed(one)) return;
    ended.result = outcome::failed;
    ended.why = fmt::format("it took {}, longer than --timeout={}", detail::in_words(took), limit());
  }

 private:
  void look(worker_of_crew& one, moment now) {
    using due = detail::test_clock::due;
    const due what = one.clock.take(now);
    if ((what == due::to_be_asked || what == due::to_be_killed) && is_followed(one)) return one.clock.spare();
    const std::string test = fmt::format("{} (worker {})", plan_.name(one.given.front()), one.index);
    const std::string so_long = detail::in_words(now - one.clock.began());
    switch (what) {
      case due::nothing:
        break;
      case due::to_be_named:
        out_.problem(fmt::format("still running after {}: {}", so_long, test));
        break;
      case due::to_be_asked:
        out_.problem(
            fmt::format("after {} still running, though its context ended at --timeout={}: {}; its process is "
                        "asked to end",
                        so_long, limit(), test));
        one.process.ask_to_end();
        break;
      case due::to_be_killed:
        out_.problem(fmt::format("after {} still running: {}; its process is killed", so_long, test));
        one.process.signal(detail::group_signal::kill);
        break;
    }
  }

  /// By a debugger.
  static bool is_followed(const worker_of_crew& one) { return detail::is_traced(one.process.pid); }

  std::string limit() const { return detail::in_words(*options_.timeout); }

  const launch_options& options_;
  const plan& plan_;
  std::list<worker_of_crew>& workers_;
  console& out_;
  detail::pauses pauses_;
};

APART_END_NAMESPACE
