#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <apart/error.hpp>
#include <apart/version.hpp>

APART_BEGIN_NAMESPACE

/// How a run ends: the exit status of the launcher. Where several hold, the first of 2, 4, 5, 1.
enum class exit_code : int {
  passed = 0,
  failed = 1,
  usage = 2,
  no_test_selected = 3,
  set_up_failed = 4,
  incomplete = 5,  ///< tests never ran, or the workers' lists differ
};

/// What the command line asks of the launcher. Options that it does not know are the framework's.
struct launch_options {
  unsigned procs = 0;            ///< 0: no launcher, the framework runs as it always did
  unsigned shard = 1;            ///< which part of the tests, from 1
  unsigned shards = 1;           ///< of how many
  std::size_t max_failures = 0;  ///< hand out no further test once so many have failed; 0: never stop
  bool verbose = false;
  std::vector<std::string> framework_arguments;  ///< the program's name first
  std::vector<std::string> all_arguments;        ///< as given, for the workers

  static constexpr unsigned max_procs = 1024;
  static constexpr unsigned max_shards = 1'000'000;
};

inline constexpr std::string_view launch_help =
    "\nOptions of apart, which runs the tests on many processes at once:\n"
    "  --procs=N|auto     run on N worker processes (auto: one per core); without it nothing changes\n"
    "  --shard=PART/PARTS of the selected tests only each PARTS-th, beginning with PART: 1/3, 2/3 and 3/3 are all\n"
    "  --fail-fast        hand out no further test once one has failed\n"
    "  --verbose          show the output of passed tests too\n\n";

namespace detail {

inline void print_problem(const char* text) { fmt::print(stderr, "apart: {}\n", text); }

[[noreturn]] inline void raise_bad_option(std::string_view option, std::string_view value, std::string_view wanted) {
  raise(error(fmt::format("{}={}: {}", option, value, wanted)));
}

/// From 1 to `most`; 0: it is none.
inline unsigned parse_count(std::string_view value, unsigned most) {
  unsigned count = 0;
  for (const char digit : value) {
    if (digit < '0' || digit > '9' || count > most) return 0;
    count = count * 10 + static_cast<unsigned>(digit - '0');
  }
  return count > most ? 0 : count;
}

inline unsigned parse_procs(std::string_view value) {
  if (value == "auto") return std::min(std::max(1U, std::thread::hardware_concurrency()), launch_options::max_procs);
  const unsigned procs = parse_count(value, launch_options::max_procs);
  if (procs == 0) {
    raise_bad_option("--procs", value, fmt::format("wants a number from 1 to {}, or auto", launch_options::max_procs));
  }
  return procs;
}

inline void parse_shard(std::string_view value, launch_options& options) {
  const std::size_t slash = value.find('/');
  if (slash != std::string_view::npos) {
    options.shards = parse_count(value.substr(slash + 1), launch_options::max_shards);
    options.shard = parse_count(value.substr(0, slash), options.shards);
  }
  if (slash == std::string_view::npos || options.shards == 0 || options.shard == 0) {
    raise_bad_option("--shard", value, "wants a part and how many there are, such as 1/3");
  }
}

}  // namespace detail

/// Takes the launcher's options out of the command line. `--procs N` and `--procs=N` are the same. A value that makes
/// no sense is an `apart::error`. What stands behind `--` is the framework's.
inline launch_options parse_launch_options(int argc, const char* const* argv) {
  launch_options options;
  options.all_arguments.assign(argv, argv + argc);
  if (argc > 0) options.framework_arguments.emplace_back(argv[0]);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--") {
      options.framework_arguments.insert(options.framework_arguments.end(), argv + i, argv + argc);
      break;
    }
    std::string_view value;
    const auto is = [&](std::string_view option, std::string_view wanted) {
      if (argument == option) {
        if (++i == argc) detail::raise_bad_option(option, "", wanted);
        value = argv[i];
        return true;
      }
      const bool with_value = argument.substr(0, option.size()) == option && argument.substr(option.size(), 1) == "=";
      if (with_value) value = argument.substr(option.size() + 1);
      return with_value;
    };
    if (is("--procs", "wants a number, or auto")) {
      options.procs = detail::parse_procs(value);
    } else if (is("--shard", "wants a part and how many there are, such as 1/3")) {
      detail::parse_shard(value, options);
    } else if (argument == "--fail-fast") {
      options.max_failures = 1;
    } else if (argument == "--verbose") {
      options.verbose = true;
    } else {
      options.framework_arguments.emplace_back(argument);
    }
  }
  if (options.shards > 1 && options.procs == 0) {
    detail::raise(error("--shard is the launcher's: give --procs, too (--procs=1 for one process)"));
  }
  return options;
}

APART_END_NAMESPACE
