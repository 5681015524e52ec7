#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/poll_set.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/detail/shell_quoted.hpp>
#include <apart/launch/console.hpp>
#include <apart/launch/crew.hpp>
#include <apart/launch/detail/test_clock.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/keeper.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/run_record.hpp>
#include <apart/launch/run_watch.hpp>
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

  /// `record`: where all that happens is noted; null: nowhere.
  launcher(framework& tests, const launch_options& options, std::uint32_t seed, run_watch& watch, run_record* record)
      : tests_(tests),
        options_(options),
        seed_(seed),
        watch_(watch),
        record_(record),
        expected_(part_of(tests.select(seed), options)),
        timings_(timings_path(), options.all_arguments.front()),
        plan_(expected_, timings_.of(expected_)),
        out_(options.verbose),
        starter_(options),
        keeper_(starter_, out_, record, detail::grace_after(options.timeout.value_or(launch_options::for_ever))),
        crew_(options_, seed, expected_, plan_, starter_, keeper_, out_, record) {
    if (options.shuffle) plan_.shuffle(seed);
  }

  exit_code run() {
    if (expected_.empty()) {
      out_.problem("no test is selected");
      return exit_code::no_test_selected;
    }
    began_ = std::chrono::steady_clock::now();
    if (record_ != nullptr) describe_run();
    out_.begin(began_);
    detail::adopt_orphans();
    const bool came_to_its_end = detail::attempt([this] { run_tests(); }, [this](const char* text) { abandon(text); });
    detail::clean_claims_of_dead_set_ups(starter_.run_id());
    detail::end_children([](pid_t) {}, children_before_);
    detail::remove_run_directory(starter_.run_id());
    keep_timings();
    const moment ended = std::chrono::steady_clock::now();
    const bool seed_matters = options_.shuffle || !options_.one_round();
    out_.summary(plan_, reruns(), workers_, ended - began_, seed_matters ? std::optional(seed_) : std::nullopt);
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
    tear_down();
  }

  void tear_down() {
    detail::clean_claims_of_dead(starter_.run_id());
    while (keeper_.tear_down()) turn();
  }

  /// The launcher itself cannot go on.
  void abandon(const char* why) {
    out_.problem(fmt::format("the run ends here: {}", why));
    plan_.stop();
    crew_.end();
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
    waited.wait_until(std::min({crew_.limits().next(), keeper_.next(), watch_.next(), tell}));
    crew_.turn();
    keeper_.turn();
    const moment now = std::chrono::steady_clock::now();
    crew_.limits().look(now);
    if (tests_run) out_.progress(plan_, crew_.limits().running(), plan_.left(workers_), now);
    obey();
  }

  /// Does what signals, and the end of the run's time, ask for.
  void obey() {
    const moment now = std::chrono::steady_clock::now();
    take(watch_.look(now));
    while (const int signal = watch_.take_signal()) {
      if (signal == SIGTSTP) {
        pause();
      } else if (signal != SIGCHLD) {
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
        given.with_stack ? crew_.ask_to_end() : crew_.signal(SIGTERM);
        keeper_.process().signal(SIGTERM);
        break;
      case run_watch::step::kill:
        signal_all(SIGKILL);
        break;
    }
    out_.problem(given.text);
    if (given.what == run_watch::step::cancel) crew_.limits().name_running();
  }

  void reap() {
    const auto ends_with_its_group = [this](pid_t child) { return crew_.has(child); };
    for (auto child = detail::reap_one(ends_with_its_group); child.pid != 0;
         child = detail::reap_one(ends_with_its_group)) {
      child.pid == keeper_.process().pid ? keeper_.ended(child.status) : crew_.ended(child);
    }
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
    time_span paused{std::chrono::steady_clock::now(), {}};
    ::raise(SIGSTOP);
    paused.ended = std::chrono::steady_clock::now();
    signal_all(SIGCONT);
    crew_.limits().shift(paused);
    watch_.shift(paused.ended - paused.began);
    began_ += paused.ended - paused.began;
  }

  /// Inseparable tests are where the first of them is.
  static std::vector<planned_test> part_of(std::vector<planned_test> tests, const launch_options& options) {
    std::map<std::string_view, std::size_t> first_of;
    for (std::size_t index = 0; index < tests.size(); ++index) {
      planned_test& test = tests[index];
      const std::size_t place = test.inseparable ? first_of.try_emplace(test.suite, index).first->second : index;
      test.elsewhere = test.elsewhere || place % options.shards != options.shard - 1;
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
    if (crew_.lists_differ() || !complete) return exit_code::incomplete;
    if (!plan_.failed().empty() || crew_.broken() || keeper_.tear_down_failed()) return exit_code::failed;
    return exit_code::passed;
  }

  framework& tests_;
  const launch_options& options_;
  const std::uint32_t seed_;
  run_watch& watch_;
  run_record* const record_;
  const std::vector<pid_t> children_before_ = detail::children_left();
  const std::vector<planned_test> expected_;
  timings timings_;
  plan plan_;
  console out_;
  member_starter starter_;
  keeper keeper_;
  crew crew_;
  unsigned workers_ = 0;
  moment began_;
};

APART_END_NAMESPACE
