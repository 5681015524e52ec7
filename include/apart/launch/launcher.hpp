#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/duration.hpp>
#include <apart/detail/poll_set.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/detail/same_interrupt.hpp>
#include <apart/detail/saturate.hpp>
#include <apart/detail/shell_quoted.hpp>
#include <apart/detail/signal_name.hpp>
#include <apart/detail/signal_pipe.hpp>
#include <apart/launch/console.hpp>
#include <apart/launch/crew.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/keeper.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/run_record.hpp>
#include <apart/launch/timings.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE

/// The parent of a run on many processes. It lists the tests, starts workers of the same binary, hands out work as they
/// ask for it, and believes only what each test reports of its own end.
///
/// An interrupt (SIGINT, SIGTERM, SIGHUP) names the running tests, cancels all contexts and lets tests and clean-ups end;
/// a second one asks the processes to go; a third one kills them. Signals that come less than 500 ms after the last one
/// that counted are the same interrupt. `--run-timeout` climbs the same ladder, one grace from step to step. SIGTSTP stops
/// all processes of the run and its clocks, until SIGCONT. At the end nothing of the run is left: no process, no
/// directory. One at a time in a process; one thread.
class launcher {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// `record`: where all that happens is noted; null: nowhere.
  launcher(framework& tests, const launch_options& options, std::uint32_t seed, run_record* record)
      : tests_(tests),
        options_(options),
        seed_(seed),
        record_(record),
        expected_(part_of(tests.select(seed), options)),
        timings_(timings_path(), options.all_arguments.front()),
        plan_(expected_, timings_.of(expected_)),
        out_(options.verbose),
        starter_(options),
        keeper_(starter_, out_, record),
        crew_(options_, seed, expected_, plan_, starter_, keeper_, out_, record) {
    if (options.shuffle) plan_.shuffle(seed);
  }

  /// Whether people have asked it to end.
  bool interrupted() const noexcept { return escalated_ > 0; }

  exit_code run() {
    if (expected_.empty()) {
      out_.problem("no test is selected");
      return exit_code::no_test_selected;
    }
    began_ = std::chrono::steady_clock::now();
    if (options_.run_timeout < launch_options::for_ever) next_step_ = detail::from_now(options_.run_timeout);
    if (record_ != nullptr) describe_run();
    out_.begin(began_);
    detail::adopt_orphans();
    // None for an empty shard.
    workers_ = crew_.start(static_cast<unsigned>(std::min<std::size_t>(options_.procs, plan_.size())));
    while (crew_.any_alive()) turn();
    detail::clean_claims_of_dead(starter_.run_id());
    while (keeper_.tear_down()) turn();
    detail::clean_claims_of_dead_set_ups(starter_.run_id());
    end_strays();
    detail::remove_run_directory(starter_.run_id());
    keep_timings();
    const moment ended = std::chrono::steady_clock::now();
    const bool seed_matters = options_.shuffle || !options_.one_round();
    out_.summary(plan_, reruns(), workers_, ended - began_, seed_matters ? std::optional(seed_) : std::nullopt);
    if (record_ != nullptr) record_->when.ended = ended;
    return verdict();
  }

 private:
  /// Waits for something to happen, then takes it.
  void turn() {
    detail::poll_set waited;
    waited.add(signals_.descriptor(), false);
    crew_.add_to(waited);
    keeper_.process().add_to(waited);
    const bool tests_run = crew_.any_alive();
    const moment tell = tests_run ? out_.next_progress() : moment::max();
    waited.wait_until(std::min({crew_.limits().next(), next_step_, tell}));
    crew_.turn();
    keeper_.turn();
    const moment now = std::chrono::steady_clock::now();
    crew_.limits().look(now);
    if (now >= next_step_) exceed_limit(now);
    if (tests_run) out_.progress(plan_, crew_.limits().running(), plan_.left(workers_), now);
    while (const int signal = signals_.take()) {
      if (signal == SIGTSTP) {
        pause();
      } else if (signal != SIGCHLD) {
        interrupt(signal);
      } else {
        reap();
      }
    }
  }

  void reap() {
    for (auto child = detail::reap_one(keeper_.process().pid); child.pid != 0;
         child = detail::reap_one(keeper_.process().pid)) {
      child.pid == keeper_.process().pid ? keeper_.ended(child.status) : crew_.ended(child);
    }
  }

  void interrupt(int signal) {
    const moment now = std::chrono::steady_clock::now();
    if (interrupted_ != moment() && now - interrupted_ < detail::same_interrupt) return;
    interrupted_ = now;
    const std::string cause = "the run was interrupted by " + detail::signal_name(signal);
    ++escalated_;
    out_.problem(escalated_ == 1 ? cause +
                                       ": running tests are cancelled, and their clean-ups run; another interrupt "
                                       "ends them"
                 : escalated_ == 2 ? "a second interrupt: the processes of the run are asked to end (SIGTERM)"
                                   : "a third interrupt: the processes of the run are killed");
    if (escalated_ == 1) return cancel(cause);
    signal_all(escalated_ == 2 ? SIGTERM : SIGKILL);
  }

  void exceed_limit(moment now) {
    next_step_ = now + detail::grace_after(options_.run_timeout);
    const std::string cause = "the run has taken longer than --run-timeout=" + detail::in_words(options_.run_timeout);
    ++escalated_;
    out_.problem(cause + (escalated_ == 1   ? ": running tests are cancelled, and their clean-ups run"
                          : escalated_ == 2 ? ", and goes on: its processes are asked to end"
                                            : ", and goes on: its processes are killed"));
    if (escalated_ == 1) return cancel(cause);
    if (escalated_ == 2) crew_.ask_to_end();
    escalated_ == 2 ? keeper_.process().signal(SIGTERM) : signal_all(SIGKILL);
  }

  void cancel(const std::string& cause) {
    crew_.limits().name_running();
    keeper_.cancel(cause);
    crew_.cancel(cause);
  }

  void signal_all(int signal) {
    crew_.signal(signal);
    keeper_.process().signal(signal);
  }

  /// Stops the run as a shell's job control wants it, until it is continued.
  void pause() {
    out_.clear();
    std::fflush(stdout);
    signal_all(SIGSTOP);
    const moment stopped = std::chrono::steady_clock::now();
    ::raise(SIGSTOP);
    const auto paused = std::chrono::steady_clock::now() - stopped;
    signal_all(SIGCONT);
    crew_.limits().shift(paused);
    began_ += paused;
    if (next_step_ != moment::max()) next_step_ += paused;
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

  void describe_run() {
    record_->program = options_.all_arguments.front();
    record_->seed = seed_;
    record_->workers = options_.procs;
    record_->started = std::chrono::system_clock::now();
    record_->when.began = began_;
  }

  /// How to run each of the failed tests alone.
  std::vector<std::string> reruns() const {
    std::vector<std::string> commands;
    for (const std::size_t index : plan_.failed()) {
      std::string command = detail::shell_quoted(options_.all_arguments.front()) + " --procs=1";
      for (const std::string& argument : tests_.arguments_for(plan_.name(index), seed_)) {
        command += ' ' + detail::shell_quoted(argument);
      }
      commands.push_back(std::move(command));
    }
    return commands;
  }

  void keep_timings() {
    for (std::size_t index = 0; index < expected_.size(); ++index) {
      if (plan_.has_ended(index)) timings_.note(plan_.name(index), plan_.took(index));
    }
    if (record_ != nullptr) {
      for (const std::size_t index : plan_.never_ran()) record_->never_ran.push_back(plan_.name(index));
    }
    if (const detail::fault failed = timings_.write()) out_.problem(failed.text);
  }

  exit_code verdict() const {
    if (keeper_.set_up_failed()) return exit_code::set_up_failed;
    const bool meant_to_stop = options_.max_failures > 0 && plan_.failed().size() >= options_.max_failures;
    const bool complete = plan_.never_ran().empty() || (meant_to_stop && !interrupted() && !crew_.gave_up());
    if (crew_.lists_differ() || !complete) return exit_code::incomplete;
    if (!plan_.failed().empty() || crew_.broken() || keeper_.tear_down_failed()) return exit_code::failed;
    return exit_code::passed;
  }

  framework& tests_;
  const launch_options& options_;
  const std::uint32_t seed_;
  run_record* const record_;
  const std::vector<planned_test> expected_;
  timings timings_;
  plan plan_;
  console out_;
  detail::signal_pipe signals_{{SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGTSTP}};
  member_starter starter_;
  keeper keeper_;
  crew crew_;
  unsigned workers_ = 0;
  moment began_;
  moment next_step_ = moment::max();  ///< of the run's limit
  moment interrupted_;                ///< when the last interrupt came that counted
  int escalated_ = 0;                 ///< 1: cancelled, 2: asked to end, 3: killed
};

APART_END_NAMESPACE
