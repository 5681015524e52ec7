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
  std::size_t max_failures = 0;  ///< hand out no further test once so many have failed; 0: never stop
  bool verbose = false;
  std::vector<std::string> framework_arguments;  ///< the program's name first
  std::vector<std::string> all_arguments;        ///< as given, for the workers

  static constexpr unsigned max_procs = 1024;
};

inline constexpr std::string_view launch_help =
    "\nOptions of apart, which runs the tests on many processes at once:\n"
    "  --procs=N|auto     run on N worker processes (auto: one per core); without it nothing changes\n"
    "  --fail-fast        hand out no further test once one has failed\n"
    "  --verbose          show the output of passed tests too\n\n";

namespace detail {

inline void print_problem(const char* text) { fmt::print(stderr, "apart: {}\n", text); }

[[noreturn]] inline void raise_bad_option(std::string_view option, std::string_view value, std::string_view wanted) {
  raise(error(fmt::format("{}={}: {}", option, value, wanted)));
}

inline unsigned parse_procs(std::string_view value) {
  if (value == "auto") return std::min(std::max(1U, std::thread::hardware_concurrency()), launch_options::max_procs);
  unsigned procs = 0;
  for (const char digit : value) {
    if (digit < '0' || digit > '9' || procs > launch_options::max_procs) {
      procs = 0;
      break;
    }
    procs = procs * 10 + static_cast<unsigned>(digit - '0');
  }
  if (procs == 0 || procs > launch_options::max_procs) {
    raise_bad_option("--procs", value, fmt::format("wants a number from 1 to {}, or auto", launch_options::max_procs));
  }
  return procs;
}

}  // namespace detail

/// Takes the launcher's options out of the command line. `--procs N` and `--procs=N` are the same. A value that makes
/// no sense is an `apart::error`. What stands behind `--` is the framework's.
inline launch_options parse_launch_options(int argc, const char* const* argv) {
  launch_options options;
  options.all_arguments.assign(argv, argv + argc);
  for (int i = 0; i < argc; ++i) {
    const std::string_view argument = argv[i];
    constexpr std::string_view procs = "--procs";
    if (i > 0 && argument == "--") {
      options.framework_arguments.insert(options.framework_arguments.end(), argv + i, argv + argc);
      break;
    }
    if (i > 0 && argument == procs) {
      if (++i == argc) detail::raise_bad_option(procs, "", "wants a number, or auto");
      options.procs = detail::parse_procs(argv[i]);
    } else if (i > 0 && argument.substr(0, procs.size() + 1) == "--procs=") {
      options.procs = detail::parse_procs(argument.substr(procs.size() + 1));
    } else if (i > 0 && argument == "--fail-fast") {
      options.max_failures = 1;
    } else if (i > 0 && argument == "--verbose") {
      options.verbose = true;
    } else {
      options.framework_arguments.emplace_back(argument);
    }
  }
  return options;
}

APART_END_NAMESPACE
