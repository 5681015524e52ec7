#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/launched.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/report.hpp>
#include <apart/launch/command_line.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/keeper_process.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/rounds.hpp>
#include <apart/launch/worker_process.hpp>
#include <apart/process/detail/premature_exit_file.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A framework's own main, as `framework_main` needs it.
class framework_session {
 public:
  framework_session() = default;
  framework_session(const framework_session&) = delete;
  framework_session& operator=(const framework_session&) = delete;
  virtual ~framework_session() = default;

  /// Takes its arguments, the program's name first; an exit status where they make no sense, else 0.
  virtual int take(const std::vector<std::string>& arguments) = 0;

  /// Whether it only prints its help, or lists.
  virtual bool helps() const = 0;
  virtual bool lists() const = 0;
  /// Its exit status.
  virtual int help_or_list() = 0;

  /// Refuses by an `apart::error` what cannot be done for many processes at once, and hands over what the launcher does.
  virtual void prepare_launch(launch_options& options) = 0;
  virtual std::unique_ptr<framework> tests() = 0;

  /// All tests in this process: first what may be an `apart::error`, then the rest, which gives the exit status.
  virtual void prepare_alone() = 0;
  virtual int run_alone() = 0;
};

inline void print_problem(const char* text) { report(text); }

/// The main of every framework with the launcher: what the process is for, and what the command line asks of it.
inline int framework_main(int argc, const char* const* argv, framework_session& session) {
  constexpr int usage = static_cast<int>(exit_code::usage);
  launch_options options;
  if (!attempt([&] { options = parse_launch_options(argc, argv); }, print_problem)) return usage;
  if (const int refused = session.take(options.framework_arguments)) return options.procs > 0 ? usage : refused;
  if (session.helps()) fmt::print("{}", launch_help());
  if (launched_as().is_worker()) {
    const std::unique_ptr<framework> tests = session.tests();
    return worker_process(*tests).run();
  }
  std::optional<premature_exit_file> running;
  if (!attempt([&] { running.emplace(); }, print_problem)) return usage;
  if (session.lists()) current_phase.store(phase::listing);
  if (session.lists() || session.helps()) return session.help_or_list();
  if (options.procs == 0) {
    return attempt([&] { session.prepare_alone(); }, print_problem) ? session.run_alone() : usage;
  }
  int status = usage;
  const auto launch = [&] {
    session.prepare_launch(options);
    status = static_cast<int>(rounds(*session.tests(), options).run());
  };
  attempt(launch, print_problem);
  return status;
}

}  // namespace detail
APART_END_NAMESPACE
