#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/captured_output.hpp>
#include <apart/detail/child_process.hpp>
#include <apart/detail/connection.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/poll_set.hpp>
#include <apart/detail/process_id.hpp>
#include <apart/detail/random.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/launch/command_line.hpp>
#include <apart/launch/detail/own_worlds.hpp>
#include <apart/launch/options.hpp>
#include <apart/run/run_directory.hpp>
#include <apart/test/detail/own_directories.hpp>
#include <apart/test/detail/own_directory_variables.hpp>

APART_BEGIN_NAMESPACE

/// One process that the launcher has started, seen from the launcher: its id, both sockets to it, and what it prints.
/// `pid` is 0 once it has ended and has been reaped.
struct member {
  detail::process_number pid = 0;
  detail::connection work;
  detail::connection news;
  std::unique_ptr<detail::captured_output> output;
  std::vector<temp_dir> layers = {};  ///< what it writes to its private views
  std::uint64_t taken = 0;            ///< of its output

  bool alive() const noexcept { return pid != 0; }

  void add_to(detail::poll_set& waited) const {
    for (const detail::connection* line : {&work, &news}) {
      if (alive() && !line->closed()) waited.add(line->descriptor(), line->has_unsent());
    }
  }

  /// Sends what could not be sent at once.
  void flush() {
    if (work.has_unsent()) work.flush();
    if (news.has_unsent()) news.flush();
  }

  /// What it has printed since the last call.
  std::string take_output() {
    if (output == nullptr) return {};  // it has never been started
    const std::uint64_t end = output->size();
    return output->read(std::exchange(taken, end), end);
  }

  /// Cancels its process context.
  void cancel(const std::string& cause) {
    if (alive()) news.post(detail::wire_writer(detail::message::cancel).text(cause));
  }

  /// A worker prints its stack, and its group is asked to end, see `print_stack_on_quit`.
  void ask_to_end() const noexcept {
    if (alive()) detail::ask_for_stack_and_end(pid);
  }

  /// Ends it and all in its group, at once.
  void end() noexcept {
    signal(detail::group_signal::kill);
    if (alive()) detail::kill_and_reap(std::exchange(pid, 0));
  }

  /// To the process and all in its group. Nothing where it has ended.
  void signal(detail::group_signal what) const noexcept {
    if (alive()) detail::signal_group(pid, what);
  }
};

/// What distinguishes the processes of one launcher from those of others in the same run.
struct run_part {
  std::uint64_t run_bits = detail::random_bits();  ///< the run's
  std::uint32_t first_process = 0;                 ///< number of a process
  unsigned first_worker = 0;                       ///< index of a worker
};

/// Starts the processes of a run, and gives each what makes it one of them: the run's identity, a number that no other
/// has had, the place where they meet, its sockets. A run that is started inside a worker of another is a run of its own.
class member_starter {
 public:
  explicit member_starter(const launch_options& options, const run_part& part = {})
      : arguments_(options.all_arguments),
        workers_(part.first_worker + options.procs),
        worlds_(options),
        part_(part),
        next_number_(part.first_process) {
    for (const detail::launch_option& option : detail::launch_option_table) {
      if (!option.without_procs) removed_.push_back(option.variable());
    }
    if (options.timeout) limit_ = fmt::format("APART_TIMEOUT={}", in_seconds(*options.timeout));
    const char* given = std::getenv("APART_RUN_ID");
    const bool inside_a_worker = std::getenv("APART_WORKER") != nullptr;
    run_id_ = given != nullptr && !inside_a_worker ? given : fmt::format("{:016x}", detail::random_bits());
  }
  member_starter(const member_starter&) = delete;
  member_starter& operator=(const member_starter&) = delete;

  const std::string& run_id() const noexcept { return run_id_; }

  member start_worker(unsigned index) {
    std::vector<std::string> environment;
    if (detail::own_directories::of_this_process().wanted()) environment = detail::own_directory_variables_not_set();
    environment.push_back(fmt::format("APART_WORKER={}", part_.first_worker + index));
    environment.push_back(fmt::format("APART_WORKERS={}", workers_));
    return start('w', members_.for_worker(), std::move(environment));
  }

  member start_keeper() { return start('k', members_.for_keeper(), {}); }

 private:
  member start(char role, int membership, std::vector<std::string> environment) {
    const auto [work, work_there] = detail::socket_pair();
    const auto [news, news_there] = detail::socket_pair();
    member started{0, detail::connection(work), detail::connection(news), std::make_unique<detail::captured_output>()};
    const detail::connection closed_here[] = {detail::connection(work_there), detail::connection(news_there)};

    detail::child_settings settings;
    settings.arguments = arguments_;
    settings.environment = std::move(environment);
    settings.environment.push_back("APART_RUN_ID=" + run_id_);
    settings.removed = removed_;
    if (!limit_.empty()) settings.environment.push_back(limit_);
    if (!coordinator_.empty()) settings.environment.push_back(coordinator_);
    const std::string variable = fmt::format("{}=", detail::launched_variable);
    settings.pid_offset = variable.size();
    settings.environment.push_back(fmt::format("{}0000000000:{}:{}:{}:{}:{}:{:x}", variable, role, work_there,
                                               news_there, membership, next_number_++, part_.run_bits));
    settings.descriptors = {work_there, news_there, membership};
    settings.output = started.output->descriptor();
    settings.own_session = role == 'k';
    if (role == 'w') {
      detail::worker_world own = worlds_.make();
      settings.world = std::move(own.world);
      started.layers = std::move(own.layers);
    }
    started.pid = detail::start_child(std::move(settings));
    return started;
  }

  /// As APART_TIMEOUT takes it: "0" is for ever.
  static std::string in_seconds(std::chrono::nanoseconds limit) {
    return limit == launch_options::for_ever ? "0" : fmt::format("{}s", std::chrono::duration<double>(limit).count());
  }

  std::vector<std::string> arguments_;
  std::vector<std::string> removed_;  ///< the launcher's own variables: what a test starts is not launched by them
  std::string limit_;                 ///< of a test
  unsigned workers_;
  detail::own_worlds worlds_;
  run_part part_;
  std::string run_id_;
  const std::string coordinator_ = detail::coordinator_for_members();
  std::uint32_t next_number_;
  const detail::members_pipe members_;
};

APART_END_NAMESPACE
