#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/duration.hpp>
#include <apart/detail/environment.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/own_world.hpp>
#include <apart/error.hpp>
#include <apart/launch/options.hpp>

APART_BEGIN_NAMESPACE

namespace detail {

/// From 1 to `most`, or 0: it is none.
inline unsigned parse_count(std::string_view value, unsigned most) {
  unsigned count = 0;
  for (const char digit : value) {
    if (digit < '0' || digit > '9' || count > most) return 0;
    count = count * 10 + static_cast<unsigned>(digit - '0');
  }
  return count > most ? 0 : count;
}

template <class Duration>
bool take_duration(Duration& taken, std::string_view value) {
  const auto given = parse_duration(std::string(value));
  if (given) taken = *given;
  return given.has_value();
}

/// They travel in one variable.
inline bool add_path(std::vector<std::string>& paths, std::string_view path) {
  paths.push_back(std::string(path));
  return !path.empty() && path.find(path_separator) == std::string_view::npos;
}

/// One option, as the command line, the environment and the help know it: "--run-timeout" is APART_RUN_TIMEOUT, too.
struct launch_option {
  enum class value { none, optional, required };

  std::string_view name;
  value takes;
  std::string_view placeholder;  ///< for the help: "=N|auto"
  std::string_view wanted;       ///< what is said where the value makes no sense
  std::string_view help;
  bool (*take)(launch_options&, std::string_view value);  ///< false: the value makes no sense
  std::string_view otherwise = {};                        ///< the value where none is given
  bool without_procs = false;      ///< of use without --procs, too: its variable is read where that is done
  const char* not_here = nullptr;  ///< why this system cannot do it

  std::string variable() const {
    std::string text = "APART";
    for (const char letter : name.substr(1)) text += letter == '-' ? '_' : static_cast<char>(letter & ~0x20);
    return text;
  }
};

inline constexpr launch_option launch_option_table[] = {
    {"--procs", launch_option::value::required, "=N|auto", "wants a number from 1 to 1024, or auto",
     "run on N worker processes (auto: one per core); without it nothing changes",
     [](launch_options& options, std::string_view value) {
       const unsigned most = launch_options::max_procs;
       options.procs =
           value == "auto" ? std::clamp(std::thread::hardware_concurrency(), 1U, most) : parse_count(value, most);
       return options.procs != 0;
     }},
    {"--shard", launch_option::value::required, "=PART/PARTS", "wants a part and how many there are, such as 1/3",
     "of the selected tests only each PARTS-th, beginning with PART: 1/3, 2/3 and 3/3 are all",
     [](launch_options& options, std::string_view value) {
       const std::size_t slash = value.find('/');
       if (slash == std::string_view::npos) return false;
       options.shards = parse_count(value.substr(slash + 1), launch_options::max_count);
       options.shard = parse_count(value.substr(0, slash), options.shards);
       return options.shards != 0 && options.shard != 0;
     }},
    {"--shuffle", launch_option::value::optional, "[=SEED]", "wants a number below 4294967296, or random",
     "in a random order, which the seed decides; the summary says which seed it was",
     [](launch_options& options, std::string_view value) {
       options.shuffle = true;
       if (value == "random") return true;
       std::uint64_t seed = 0;
       for (const char digit : value) {
         if (digit < '0' || digit > '9' || seed > UINT32_MAX) return false;
         seed = seed * 10 + static_cast<std::uint64_t>(digit - '0');
       }
       options.seed = static_cast<std::uint32_t>(seed);
       return !value.empty() && seed <= UINT32_MAX;
     },
     "random"},
    {"--isolate", launch_option::value::none, "", "", "each test in a process of its own",
     [](launch_options& options, std::string_view) { return options.isolate = true; }},
    {"--fail-fast", launch_option::value::none, "", "",
     "once a test has failed, cancel those that run and start no other",
     [](launch_options& options, std::string_view) { return (options.max_failures = 1) == 1; }},
    {"--repeat", launch_option::value::required, "=N", "wants a number from 1 to 1000000",
     "run all of it N times, each time with another seed unless one is given",
     [](launch_options& options, std::string_view value) {
       options.rounds = parse_count(value, launch_options::max_count);
       return options.rounds != 0;
     }},
    {"--until-it-fails", launch_option::value::none, "", "",
     "again and again until a round does not pass (with --repeat: at most N times)",
     [](launch_options& options, std::string_view) { return options.until_it_fails = true; }},
    {"--timeout", launch_option::value::required, "=30s", duration_wanted,
     "a test's limit: its context expires, and it is ended where that does not end it",
     [](launch_options& options, std::string_view value) { return take_duration(options.timeout, value); }},
    {"--run-timeout", launch_option::value::required, "=10m", duration_wanted, "the same for the whole run",
     [](launch_options& options, std::string_view value) { return take_duration(options.run_timeout, value); }},
    {"--slow", launch_option::value::required, "=60s", duration_wanted,
     "name a test each time that it has run so long again",
     [](launch_options& options, std::string_view value) { return take_duration(options.slow, value); }},
    {"--own-directory", launch_option::value::optional, "[=worker]", "wants test or worker",
     "each test (or worker) in a fresh current directory, with TMPDIR and HOME of its own",
     [](launch_options& options, std::string_view value) {
       options.own_directory = value;
       return value == "test" || value == "worker";
     },
     "test", true},
    {"--link",
     launch_option::value::required,
     "=PATH",
     path_of_list_wanted,
     "link PATH into it, what tests read (.: all of the start directory); as often as you like",
     [](launch_options& options, std::string_view value) { return add_path(options.links, value); },
     {},
     true,
     no_links},
    {"--copy",
     launch_option::value::required,
     "=PATH",
     path_of_list_wanted,
     "copy PATH into it, what tests write to",
     [](launch_options& options, std::string_view value) { return add_path(options.copies, value); },
     {},
     true},
    {"--own-network",
     launch_option::value::none,
     "",
     "",
     "each worker in a network of its own, with nothing but a loopback (Linux)",
     [](launch_options& options, std::string_view) { return options.own_network = true; },
     {},
     false,
     no_own_worlds},
    {"--own-tmp",
     launch_option::value::none,
     "",
     "",
     "each worker with a /tmp, /var/tmp and /dev/shm of its own (Linux)",
     [](launch_options& options, std::string_view) { return options.own_tmp = true; },
     {},
     false,
     no_own_worlds},
    {"--own-path",
     launch_option::value::required,
     "=PATH",
     path_of_list_wanted,
     "each worker with a copy-on-write view of the directory PATH (Linux); as often as you like",
     [](launch_options& options, std::string_view value) { return add_path(options.own_paths, value); },
     {},
     false,
     no_own_worlds},
    {"--junit", launch_option::value::required, "=FILE", "wants a file",
     "write a report that CI systems read (JUnit XML)",
     [](launch_options& options, std::string_view value) { return !(options.junit = value).empty(); }},
    {"--timeline", launch_option::value::required, "=FILE.html", "wants a file",
     "write a page that shows which worker ran what, and when",
     [](launch_options& options, std::string_view value) { return !(options.timeline = value).empty(); }},
    {"--verbose", launch_option::value::none, "", "", "show passed tests and their output, too",
     [](launch_options& options, std::string_view) { return options.verbose = true; }},
};

/// Null: it is not the launcher's.
inline const launch_option* option_named(std::string_view name) {
  for (const launch_option& option : launch_option_table) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

/// `given` is what people see in the refusal: the option or its variable.
inline void take_option(launch_options& options, const launch_option& option, std::string_view given,
                        std::string_view value) {
  if (option.not_here != nullptr) raise(error(fmt::format("{}: {}", given, option.not_here)));
  if (option.take(options, value)) return;
  raise(error(fmt::format("{}{}{}: {}", given, value.empty() ? "" : "=", value, option.wanted)));
}

/// What stands in the environment for an option that the command line does not give. 1 turns one on that needs no value,
/// 0 leaves it off.
inline void take_option_variable(launch_options& options, const launch_option& option) {
  const std::string variable = option.variable();
  const char* const value = std::getenv(variable.c_str());
  if (value == nullptr || *value == '\0') return;
  const std::string_view flag = value;
  if (option.takes == launch_option::value::required) return take_option(options, option, variable, value);
  if (flag == "1") return take_option(options, option, variable, option.otherwise);
  if (flag == "0") return;
  if (option.takes == launch_option::value::optional) return take_option(options, option, variable, value);
  raise(error(fmt::format("{}={}: wants 1, or 0", variable, flag)));
}

}  // namespace detail

/// What a program has asked for in its main, such as {"--own-directory", "--link=data"}.
using default_arguments = std::initializer_list<const char*>;

/// Takes the launcher's options out of the command line, and from the environment those that it does not give. `--procs
/// N` and `--procs=N` are the same. A value that makes no sense is an `apart::error`, and so is an option without `--procs`
/// that is of no use then; a variable is of no effect then. What stands behind `--`, and what is unknown, is the framework's.
/// `defaults` are taken as if they stood before the others; those that need `--procs` are of no effect without it.
inline launch_options parse_launch_options(int argc, const char* const* argv, default_arguments defaults = {}) {
  using detail::launch_option;
  launch_options options;
  options.all_arguments.assign(argv, argv + argc);
  if (argc > 0) options.framework_arguments.push_back(argv[0]);
  std::vector<const char*> arguments(defaults);
  for (int i = 1; i < argc; ++i) arguments.push_back(argv[i]);
  std::map<std::string_view, std::size_t> given;
  std::string_view of_the_launcher;  // the first on the command line that is of use with --procs alone
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") {
      for (; i < arguments.size(); ++i) options.framework_arguments.push_back(arguments[i]);
      break;
    }
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const launch_option* const option = detail::option_named(argument.substr(0, equals));
    if (option == nullptr) {
      options.framework_arguments.push_back(std::string(argument));
      continue;
    }
    ++given[option->name];
    if (i >= defaults.size() && of_the_launcher.empty() && !option->without_procs) of_the_launcher = option->name;
    std::string_view value = argument.substr(std::min(equals + 1, argument.size()));
    if (equals == argument.size()) {
      if (option->takes == launch_option::value::optional) value = option->otherwise;
      if (option->takes == launch_option::value::required && i + 1 < arguments.size()) value = arguments[++i];
    } else if (option->takes == launch_option::value::none) {
      detail::raise(error(fmt::format("{}: takes no value", argument)));
    }
    detail::take_option(options, *option, option->name, value);
  }
  for (const launch_option& option : detail::launch_option_table) {  // --procs is the first
    const bool counts = (option.name == "--procs" || options.procs > 0) && !option.without_procs;
    if (counts && given.count(option.name) == 0) detail::take_option_variable(options, option);
  }
  if (options.procs == 0 && !of_the_launcher.empty() && !detail::launched_as().is_worker()) {
    detail::raise(
        error(fmt::format("{} is the launcher's: give --procs, too (--procs=1 for one process)", of_the_launcher)));
  }
  return options;
}

/// Of these options, to stand below the framework's own help.
inline std::string launch_help() {
  std::string text = "\nOptions of apart, which runs the tests on many processes at once:\n";
  for (const detail::launch_option& option : detail::launch_option_table) {
    text += fmt::format("  {:<22} {}\n", fmt::format("{}{}", option.name, option.placeholder), option.help);
  }
  return text +
         "Each may be given as an environment variable, too: APART_PROCS=4, APART_RUN_TIMEOUT=10m, "
         "APART_VERBOSE=1.\n\n";
}

APART_END_NAMESPACE
