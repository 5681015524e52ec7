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

#include <fmt/format.h>

#include <apart/detail/poll_set.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/detail/shell_quoted.hpp>
#include <apart/launch/console.hpp>
#include <apart/launch/crew.hpp>
#include <apart/launch/detail/shard_of.hpp>
#include <apart/launch/detail/test_clock.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/keeper.hpp>
#include <apart/launch/machines.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/run_record.hpp>
#include <apart/launch/run_watch.hpp>
#include <apart/launch/set_ups_of_machines.hpp>
#include <apart/launch/timings.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE

/// The parent of a run on many processes. It lists the tests, starts workers of the same binary, hands out work as they
/// ask for it, and believes only what each test reports of its own end.
///
/// An interrupt, or the end of the run's time, names the running tests, cancels all contexts and lets tests and clean-ups
/// end; see `run_watch` for what follows. SIGTSTP stops all processes of the run and its clocks, until SIGCONT. At the end
/// nothing of the run is left: no process, no directory; children that this process had before stay. One at a time in a
/// process; one thread.
class launcher {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// `record`: where all that happens is noted; null: nowhere. `others`: with which it shares the run; null: with none.
  launcher(framework& tests, const launch_options& options, std::uint32_t seed, run_watch& watch, run_record* record,
           machines* others = nullptr)
      : tests_(tests),
        options_(options),
        seed_(seed),
        watch_(watch),
        record_(record),
        others_(others),
        expected_(detail::shard_of(tests.select(seed), options)),
        timings_(timings_path(), options.all_arguments.front()),
        plan_(expected_, others == nullptr ? timings_.of(expected_) : std::vector<std::chrono::microseconds>()),
        out_(options.verbose),
        starter_(options, others != nullptr ? others->part() : run_part{}),
        set_ups_(others != nullptr ? &others->meeting() : nullptr),
        keeper_(starter_, set_ups_, out_, record,
                detail::grace_after(options.timeout.value_or(launch_options::for_ever))),
        crew_(options_, seed, expected_, plan_, starter_, keeper_, out_, record) {
    if (options.shuffle) plan_.shuffle(seed);
    if (others_ == nullptr) return;
    others_->compare(expected_);
    others_->supply(plan_);
  }

  exit_code run() {
    if (expected_.empty()) {
      out_.problem("no test is selected");
      return exit_code::no_test_selected;
    }
    began_ = std::chrono::steady_clock::now();
    if (record_ != nullptr) describe_run();
    out_.begin(began_);
    if (others_ != nullptr) out_.problem(others_->welcome());
    detail::adopt_orphans();
    const bool came_to_its_end = detail::attempt([this] { run_tests(); }, [this](const char* text) { abandon(text); });
    detail::clean_claims_of_dead_set_ups(starter_.run_id());
    detail::end_children([](detail::process_number) {}, children_before_);
    detail::remove_run_directory(starter_.run_id());
    keep_timings();
    const moment ended = std::chrono::steady_clock::now();
    const bool seed_matters = options_.shuffle || !options_.one_round();
    out_.summary(plan_, reruns(), workers_, ended - began_, seed_matters ? std::optional(seed_) : std::nullopt,
                 watch_.stopped());
    if (record_ != nullptr) record_->when.ended = ended;
    return came_to_its_end ? verdict() : exit_code::incomplete;
  }

 private:
  void run_tests() {
    obey();  // what was said between two rounds
    // None for an empty shard.
    const auto most = static_cast<unsigned>(std::min<std::size_t>(options_.procs, plan_.size()));
    if (!watch_.stopped()) workers_ = crew_.start(most);
    while (crew_.any_alive()) turn();
    if (others_ != nullptr && !cut_off_) wait_for_others();
    tear_down();
  }

  void wait_for_others() {
    const auto interrupted = [this] {
      obey();
      return watch_.stopped();
    };
    for (const std::string& test : others_->wait_for_others(plan_, interrupted)) {
      out_.problem("not finished, since its machine has died: " + test);
      machine_died_ = true;
    }
  }

  void tear_down() {
    detail::clean_claims_of_dead(starter_.run_id());
    while (keeper_.tear_down(watch_.stopped() || cut_off_)) turn();
  }

  /// The launcher itself cannot go on.
  void abandon(const char* why) {
    out_.problem(fmt::format("the run ends here: {}", why));
    plan_.stop();
    crew_.end();
    cut_off_ = true;
    detail::attempt([this] { tear_down(); },
                    [this](const char* text) {
                      out_.problem(fmt::format("what the run has set up is not torn down: {}", text));
                      keeper_.end();
                    });
  }

  /// Waits for something to happen, then takes it.
  void turn() {
    detail::poll_set waited;
    waited.add(watch_.signals().descriptor(), false);
    crew_.add_to(waited);
    keeper_.process().add_to(waited);
    const bool tests_run = crew_.any_alive();
    const moment tell = tests_run ? out_.next_progress() : moment::max();
    const moment others = others_ != nullptr ? others_->next() : moment::max();
    waited.wait_until(std::min({crew_.limits().next(), keeper_.next(), watch_.next(), tell, others}));
    crew_.turn();
    keeper_.turn();
    const moment now = std::chrono::steady_clock::now();
    crew_.limits().look(now);
    if (tests_run) out_.progress(plan_, crew_.limits().running(), plan_.left(workers_), now);
    obey();
    if (others_ != nullptr && tests_run) heed_others();
  }

  void heed_others() {
    std::string lost = others_->lost();
    detail::attempt(
        [this] {
          if (others_->turn(plan_)) crew_.wake_the_idle();
        },
        [&lost](const char* text) { lost = text; });
    if (lost.empty() || std::exchange(cut_off_, true)) return;
    out_.problem(lost + ": running tests are cancelled");
    crew_.cancel(lost);
  }

  /// Does what signals, and the end of the run's time, ask for.
  void obey() {
    const moment now = std::chrono::steady_clock::now();
    take(watch_.look(now));
    while (const int signal = watch_.take_signal()) {
      if (signal == detail::pause_wanted) {
        pause();
      } else if (signal != detail::child_has_ended) {
        take(watch_.interrupted(signal, now));
      } else {
        reap();
      }
    }
  }

  void take(const run_watch::order& given) {
    switch (given.what) {
      case run_watch::step::none:
        return;
      case run_watch::step::cancel:
        crew_.cancel(given.cause);
        break;
      case run_watch::step::ask:
        given.with_stack ? crew_.ask_to_end() : crew_.signal(detail::group_signal::end);
        keeper_.end_what_runs(detail::group_signal::end);
        break;
      case run_watch::step::kill:
        crew_.signal(detail::group_signal::kill);
        keeper_.end_what_runs(detail::group_signal::kill);
        break;
    }
    out_.problem(given.text);
    if (given.what == run_watch::step::cancel) crew_.limits().name_running();
  }

  void reap() {
    const auto ends_with_its_group = [this](detail::process_number child) { return crew_.has(child); };
    for (auto child = detail::reap_one(ends_with_its_group); child.pid != 0;
         child = detail::reap_one(ends_with_its_group)) {
      child.pid == keeper_.process().pid ? keeper_.ended(child.status) : crew_.ended(child);
    }
  }

  void signal_all(detail::group_signal what) {
    crew_.signal(what);
    keeper_.process().signal(what);
  }

  /// Stops the run as a shell's job control wants it, until it is continued.
  void pause() {
    out_.clear();
    std::fflush(stdout);
    signal_all(detail::group_signal::stop);
    time_span paused{std::chrono::steady_clock::now(), {}};
    detail::pause_this_process();
    paused.ended = std::chrono::steady_clock::now();
    signal_all(detail::group_signal::go_on);
    crew_.limits().shift(paused);
    watch_.shift(paused.ended - paused.began);
    began_ += paused.ended - paused.began;
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
      if (!options_.own_directory.empty()) command += " --own-directory=" + options_.own_directory;
      if (options_.own_network) command += " --own-network";
      if (options_.own_tmp) command += " --own-tmp";
      for (const std::string& path : options_.own_paths) command += " --own-path=" + detail::shell_quoted(path);
      for (const std::string& path : options_.links) command += " --link=" + detail::shell_quoted(path);
      for (const std::string& path : options_.copies) command += " --copy=" + detail::shell_quoted(path);
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
    const bool complete = plan_.never_ran().empty() || (meant_to_stop && !watch_.stopped() && !crew_.gave_up());
    if (crew_.lists_differ() || !complete || cut_off_) return exit_code::incomplete;
    if (!plan_.failed().empty() || machine_died_ || crew_.broken() || keeper_.tear_down_failed())
      return exit_code::failed;
    return watch_.stopped() ? exit_code::incomplete : exit_code::passed;
  }

  framework& tests_;
  const launch_options& options_;
  const std::uint32_t seed_;
  run_watch& watch_;
  run_record* const record_;
  machines* const others_;
  const std::vector<detail::process_number> children_before_ = detail::children_left();
  const std::vector<planned_test> expected_;
  timings timings_;
  plan plan_;
  console out_;
  member_starter starter_;
  set_ups_of_machines set_ups_;
  keeper keeper_;
  crew crew_;
  unsigned workers_ = 0;
  bool machine_died_ = false;
  bool cut_off_ = false;  ///< from the other machines
  moment began_;
};

APART_END_NAMESPACE
