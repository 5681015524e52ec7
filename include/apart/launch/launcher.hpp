#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/poll_set.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/detail/same_interrupt.hpp>
#include <apart/detail/signal_pipe.hpp>
#include <apart/launch/console.hpp>
#include <apart/launch/crew.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/keeper.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/timings.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE

/// The parent of a run on many processes. It lists the tests, starts workers of the same binary, hands out work as they
/// ask for it, and believes only what each test reports of its own end.
///
/// An interrupt (SIGINT, SIGTERM, SIGHUP) names the running tests, cancels all contexts and lets tests and clean-ups end;
/// a second one asks the processes to go; a third one kills them. Signals that come less than 500 ms after the last one
/// that counted are the same interrupt. At the end nothing of the run is left: no process, no directory. One at a time
/// in a process; one thread.
class launcher {
 public:
  launcher(framework& tests, const launch_options& options)
      : options_(options),
        expected_(part_of(tests.select(tests.seed()), options)),
        timings_(timings_path(), options.all_arguments.front()),
        plan_(expected_, timings_.of(expected_)),
        out_(options.verbose),
        starter_(options),
        keeper_(starter_, out_),
        crew_(options_, tests.seed(), expected_, plan_, starter_, keeper_, out_) {}

  exit_code run() {
    if (expected_.empty()) {
      out_.problem("no test is selected");
      return exit_code::no_test_selected;
    }
    const auto began = std::chrono::steady_clock::now();
    const auto workers =
        static_cast<unsigned>(std::min<std::size_t>(options_.procs, plan_.size()));  // none for an empty shard
    detail::adopt_orphans();
    crew_.start(workers);
    while (crew_.any_alive()) turn();
    detail::clean_claims_of_dead(starter_.run_id());
    while (keeper_.tear_down()) turn();
    detail::clean_claims_of_dead_set_ups(starter_.run_id());
    end_strays();
    detail::remove_run_directory(starter_.run_id());
    keep_timings();
    out_.summary(plan_, workers, std::chrono::steady_clock::now() - began);
    return verdict();
  }

 private:
  /// Waits for something to happen, then takes it.
  void turn() {
    detail::poll_set waited;
    waited.add(signals_.descriptor(), false);
    crew_.add_to(waited);
    keeper_.process().add_to(waited);
    waited.wait();
    crew_.turn();
    keeper_.turn();
    while (const int signal = signals_.take()) {
      if (signal != SIGCHLD) {
        interrupt(signal);
        continue;
      }
      for (auto child = detail::reap_one(keeper_.process().pid); child.pid != 0;
           child = detail::reap_one(keeper_.process().pid)) {
        child.pid == keeper_.process().pid ? keeper_.ended(child.status) : crew_.ended(child);
      }
    }
  }

  void interrupt(int signal) {
    const auto now = std::chrono::steady_clock::now();
    if (interrupts_ > 0 && now - interrupted_ < detail::same_interrupt) return;
    interrupted_ = now;
    const char* name = signal == SIGINT ? "SIGINT" : signal == SIGTERM ? "SIGTERM" : "SIGHUP";
    if (++interrupts_ == 1) {
      const std::string cause = fmt::format("the run was interrupted by {}", name);
      out_.problem(cause + ": running tests are cancelled, and their clean-ups run; another interrupt ends them");
      crew_.name_running();
      keeper_.cancel(cause);
      crew_.cancel(cause);
      return;
    }
    const int stronger = interrupts_ == 2 ? SIGTERM : SIGKILL;
    out_.problem(interrupts_ == 2 ? "a second interrupt: the processes of the run are asked to end (SIGTERM)"
                                  : "a third interrupt: the processes of the run are killed");
    crew_.signal(stronger);
    keeper_.process().signal(stronger);
  }

  /// What left its process group was handed to this process, the nearest reaper, when its parent went.
  static void end_strays() {
    for (auto strays = detail::children_left(); !strays.empty(); strays = detail::children_left()) {
      for (const pid_t stray : strays) detail::kill_and_reap(stray);
    }
  }

  static std::vector<planned_test> part_of(std::vector<planned_test> tests, const launch_options& options) {
    for (std::size_t index = 0; index < tests.size(); ++index) {
      tests[index].elsewhere = index % options.shards != options.shard - 1;
    }
    return tests;
  }

  static std::string timings_path() {
    const char* const path = std::getenv("APART_TIMINGS");
    return path != nullptr ? path : "";
  }

  void keep_timings() {
    for (std::size_t index = 0; index < expected_.size(); ++index) {
      if (plan_.has_ended(index)) timings_.note(plan_.name(index), plan_.took(index));
    }
    if (const detail::fault failed = timings_.write()) out_.problem(failed.text);
  }

  exit_code verdict() const {
    if (keeper_.set_up_failed()) return exit_code::set_up_failed;
    const bool meant_to_stop = options_.max_failures > 0 && plan_.failed().size() >= options_.max_failures;
    const bool complete = plan_.never_ran().empty() || (meant_to_stop && interrupts_ == 0 && !crew_.gave_up());
    if (crew_.lists_differ() || !complete) return exit_code::incomplete;
    if (!plan_.failed().empty() || crew_.broken() || keeper_.tear_down_failed()) return exit_code::failed;
    return exit_code::passed;
  }

  const launch_options& options_;
  const std::vector<planned_test> expected_;
  timings timings_;
  plan plan_;
  console out_;
  detail::signal_pipe signals_{{SIGCHLD, SIGINT, SIGTERM, SIGHUP}};
  member_starter starter_;
  keeper keeper_;
  crew crew_;
  int interrupts_ = 0;
  std::chrono::steady_clock::time_point interrupted_;  ///< when the last one came that counted
};

APART_END_NAMESPACE
