#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/environment.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/report.hpp>
#include <apart/launch/command_line.hpp>
#include <apart/launch/ctest_tests.hpp>
#include <apart/launch/detail/ctest_run.hpp>
#include <apart/launch/detail/interrupts_alone.hpp>
#include <apart/launch/detail/own_worlds.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/keeper_process.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/rounds.hpp>
#include <apart/launch/worker_process.hpp>
#include <apart/process/detail/premature_exit_file.hpp>
#include <apart/run/detail/set_up_entry.hpp>
#include <apart/test/detail/own_directories.hpp>

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
  /// Behind `run_alone`: whether none has passed or failed, but some have been skipped.
  virtual bool all_skipped() const { return false; }
};

/// Whether this process was started to keep set-ups, whatever the command line says.
inline bool is_keeper() noexcept { return launched_as().is_keeper() || launched_as().is_keeper_of_ctest(); }
inline int run_keeper() { return launched_as().is_keeper() ? keeper_process().run() : run_ctest_keeper(); }

inline void print_problem(const char* text) { report(text); }

/// What the adapters, in this process and in workers, do with directories they are told by variables.
inline void announce(const launch_options& options) {
  const auto tell = [](const char* name, const std::string& value) {
    if (!value.empty()) static_cast<void>(set_variable(name, value));
  };
  tell(own_directory_variable, options.own_directory);
  const auto joined = [](const std::vector<std::string>& paths) {
    std::string text;
    for (const std::string& path : paths) text.append(text.empty() ? 0 : 1, path_separator).append(path);
    return text;
  };
  tell(link_variable, joined(options.links));
  tell(copy_variable, joined(options.copies));
}

/// Before the framework begins, which remembers where it was. What it remembers of the program's name stays right. What
/// goes wrong is told by the first test.
inline void enter_own_directory(std::string& program) {
  const auto enter = [&program] {
    own_directories& own = own_directories::of_this_process();
    if (own.wanted() && program.find('/') != std::string::npos) program = std::filesystem::absolute(program).string();
    own.enter_process();
  };
  attempt(enter, [](const char*) {});
}

/// What the two tests do that are the fixture of all others.
inline int move_fixture(const ctest_order& order, const std::string& program) {
  bool done = true;
  const auto move = [&] {
    if (order.what == ctest_order::kind::open) {
      open_ctest_run(program);
    } else {
      done = close_ctest_run();
    }
  };
  return attempt(move, print_problem) && done ? EXIT_SUCCESS : EXIT_FAILURE;
}

inline void list_for_ctest(framework& tests, const ctest_order& order) {
  const std::vector<planned_test> planned = tests.select(tests.seed());
  fmt::print("{}", ctest_tests(tests, planned, order.prefix, has_ctest_keeper && !set_up_entry::all().empty()));
}

/// The main of every framework with the launcher: what the process is for, and what the command line asks of it.
/// `defaults` come before what the command line says.
inline int framework_main(int argc, const char* const* argv, default_arguments defaults, framework_session& session) {
  constexpr int usage = static_cast<int>(exit_code::usage);
  launch_options options;
  ctest_order order;
  const auto parse = [&] {
    std::vector<const char*> arguments(argv, argv + argc);
    order = ctest_order::taken_from(arguments);
    options = parse_launch_options(static_cast<int>(arguments.size()), arguments.data(), defaults);
  };
  if (!attempt(parse, print_problem)) return usage;
  if (order.moves_fixture()) return move_fixture(order, *argv);
  announce(options);
  if (launched_as().is_worker()) enter_own_directory(options.framework_arguments.front());
  if (const int refused = session.take(options.framework_arguments)) return options.procs > 0 ? usage : refused;
  if (session.helps()) fmt::print("{}", launch_help());
  if (launched_as().is_worker()) {
    const std::unique_ptr<framework> tests = session.tests();
    return worker_process(*tests).run();
  }
  std::optional<premature_exit_file> running;
  if (!attempt([&] { running.emplace(); }, print_problem)) return usage;
  const bool lists = session.lists() || order.what == ctest_order::kind::list;
  if (lists) current_phase.store(phase::listing);
  if (session.lists() || session.helps()) return session.help_or_list();
  if (lists) return attempt([&] { list_for_ctest(*session.tests(), order); }, print_problem) ? EXIT_SUCCESS : usage;
  if (!attempt(own_directories::check, print_problem)) return usage;
  if (options.procs == 0) {
    if (!attempt([&] { session.prepare_alone(); }, print_problem)) return usage;
    const int status = session.run_alone();
    // What a cancelled test says of itself is not believed.
    if (status == EXIT_SUCCESS && interrupts_alone::any()) return static_cast<int>(exit_code::incomplete);
    return order.what == ctest_order::kind::run && session.all_skipped() ? ctest_order::skipped : status;
  }
  int status = usage;
  const auto launch = [&] {
    session.prepare_launch(options);
    own_worlds(options).check();
    status = static_cast<int>(rounds(*session.tests(), options).run());
  };
  attempt(launch, print_problem);
  return status;
}

}  // namespace detail
APART_END_NAMESPACE
