#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

[[noreturn]] inline void raise_bad_variable(const char* name, const char* value, const std::string& what_is_wrong) {
  raise(error(std::string(name) + "='" + value + "' " + what_is_wrong));
}

[[noreturn]] inline void raise_empty_run(const char* name) {
  raise_bad_variable(name, "", "is empty: give each run a text of its own, or unset it");
}

/// `text`, the whole value of the variable or what stands behind its prefix, as a number: decimal digits, nothing else.
inline unsigned number_in_variable(const char* name, const char* value, std::string_view text) {
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure == std::errc::result_out_of_range) raise_bad_variable(name, value, "is too large a number of a worker");
  if (failure != std::errc() || end != text.data() + text.size()) {
    raise_bad_variable(name, value, "is not a number: give decimal digits only, or unset it");
  }
  return number;
}

inline unsigned number_in_variable(const char* name, const char* value) {
  return number_in_variable(name, value, value);
}

/// What the variable of the count is to that of the index.
enum class count_rule {
  exact,  ///< goes with it
  pair,   ///< goes with it, and the count alone is an error as well
  grows,  ///< may be absent, and a worker that replaces a dead one has a number beyond it: then it is index + 1
  hint,   ///< the same, and a text that is no number ("num-cpus") says nothing
};

/// What tells that a run is spread over several machines.
enum class spread {
  none,
  nodes,  ///< the variable, when it is above 1
  local,  ///< the variable counts this machine's processes: when it is below the count
  each,   ///< the numbers are of machines: when there is more than one, or nobody says
};

struct index_column {
  const char* variable;
  unsigned first = 0;
  const char* prefix = "";
  const char* only_with = nullptr;  ///< it says nothing where this variable is not set
};
struct count_column {
  const char* variable = nullptr;
  count_rule rule = count_rule::exact;
};
struct run_column {
  const char* variable = nullptr;
  const char* part = nullptr;       ///< where it is set, one run of several in what `variable` names
  const char* otherwise = nullptr;  ///< in place of `variable` where that is not set
  bool without_index = false;       ///< `variable` alone makes the process 0 of 1 of that run
};
struct spread_column {
  spread how = spread::none;
  const char* variable = nullptr;
};

/// What a runner tells the processes that it starts.
struct runner {
  const char* source;
  index_column index;
  count_column count;
  run_column run;
  spread_column machines;
};

/// What anyone may set. Its run is `APART_RUN_ID`, which goes before what a runner says as well.
inline constexpr runner own_variables = {"environment", {"APART_WORKER"}, {"APART_WORKERS", count_rule::pair}, {}, {}};

/// The innermost first: a GoogleTest shard of a Slurm task of a CI job is a shard. See `this_worker`.
inline constexpr runner runners[] = {
    {"googletest", {"GTEST_SHARD_INDEX"}, {"GTEST_TOTAL_SHARDS", count_rule::pair}, {}, {}},
    {"bazel", {"TEST_SHARD_INDEX"}, {"TEST_TOTAL_SHARDS", count_rule::pair}, {}, {}},
    {"nextest",
     {"NEXTEST_TEST_GLOBAL_SLOT"},
     {"NEXTEST_TEST_THREADS", count_rule::hint},
     {"NEXTEST_RUN_ID", nullptr, nullptr, true},
     {}},
    {"pytest-xdist",
     {"PYTEST_XDIST_WORKER", 0, "gw"},
     {"PYTEST_XDIST_WORKER_COUNT", count_rule::grows},
     {"PYTEST_XDIST_TESTRUNUID"},
     {}},
    {"openmpi",
     {"OMPI_COMM_WORLD_RANK"},
     {"OMPI_COMM_WORLD_SIZE"},
     {"PMIX_NAMESPACE", nullptr, "OMPI_MCA_ess_base_jobid"},
     {spread::local, "OMPI_COMM_WORLD_LOCAL_SIZE"}},
    {"pmi", {"PMI_RANK"}, {"PMI_SIZE"}, {"PMI_JOBID"}, {spread::local, "MPI_LOCALNRANKS"}},
    {"slurm",
     {"SLURM_PROCID", 0, "", "SLURM_STEP_ID"},
     {"SLURM_NTASKS"},
     {"SLURM_JOB_ID", "SLURM_STEP_ID"},
     {spread::nodes, "SLURM_NNODES"}},
    {"kubernetes", {"JOB_COMPLETION_INDEX"}, {}, {}, {spread::each}},
    {"gitlab", {"CI_NODE_INDEX", 1}, {"CI_NODE_TOTAL"}, {"CI_PIPELINE_ID", "CI_JOB_NAME"}, {spread::each}},
    {"buildkite",
     {"BUILDKITE_PARALLEL_JOB"},
     {"BUILDKITE_PARALLEL_JOB_COUNT"},
     {"BUILDKITE_BUILD_ID", "BUILDKITE_STEP_ID"},
     {spread::each}},
    {"circleci", {"CIRCLE_NODE_INDEX"}, {"CIRCLE_NODE_TOTAL"}, {"CIRCLE_WORKFLOW_ID", "CIRCLE_JOB"}, {spread::each}},
};

/// Of a process that nobody has told anything: the only one of its run.
inline constexpr const char* alone_source = "alone";

/// A place that somebody gave to this process.
struct told_place {
  std::string run;  ///< empty: nobody said
  unsigned index = 0;
  unsigned count = 1;
  const char* source = alone_source;
  std::string several_machines;  ///< the variable that shows them, and its value; empty: none does
};

inline unsigned read_index(const index_column& index, const char* value) {
  const std::string_view text(value);
  const std::string_view prefix(index.prefix);
  if (text.substr(0, prefix.size()) != prefix) {
    raise_bad_variable(index.variable, value, "is not " + std::string(prefix) + " and a number: unset it");
  }
  const unsigned number = number_in_variable(index.variable, value, text.substr(prefix.size()));
  if (number < index.first) raise_bad_variable(index.variable, value, "is too low: workers count from 1 here");
  if (number - index.first == (std::numeric_limits<unsigned>::max)()) {
    raise_bad_variable(index.variable, value, "is too large a number of a worker");
  }
  return number - index.first;
}

/// Above `index`.
inline unsigned read_count(const runner& told, const char* index_value, unsigned index) {
  const char* const name = told.count.variable;
  const char* const value = name != nullptr ? std::getenv(name) : nullptr;
  const count_rule rule = told.count.rule;
  const bool open = name == nullptr || rule == count_rule::grows || rule == count_rule::hint;
  if (value == nullptr) {
    if (open) return index + 1;
    raise_bad_variable(told.index.variable, index_value,
                       std::string("stands without ") + name + ": set both or neither");
  }
  if (rule == count_rule::hint && std::string_view(value).find_first_not_of("0123456789") != std::string_view::npos) {
    return index + 1;
  }
  const unsigned count = number_in_variable(name, value);
  if (count == 0) raise_bad_variable(name, value, "is no number of workers: it must be 1 at least");
  if (index < count) return count;
  if (open) return index + 1;
  const std::string limit = std::string(name) + "='" + value + "': workers count from ";
  raise_bad_variable(told.index.variable, index_value,
                     told.index.first == 0 ? "is not below " + limit + "0" : "is above " + limit + "1 here");
}

/// "slurm 123.0": of different runners different. Empty where it does not say.
inline std::string run_of(const runner& told, const char* index_value) {
  const auto text_of = [](const char* name) -> std::optional<std::string> {
    const char* const value = name != nullptr ? std::getenv(name) : nullptr;
    if (value == nullptr) return std::nullopt;
    if (*value == '\0') raise_empty_run(name);
    return value;
  };
  std::optional<std::string> text = text_of(told.run.variable);
  if (!text) text = text_of(told.run.otherwise);
  if (!text) return {};
  std::string run = std::string(told.source) + ' ' + *text;
  if (std::optional<std::string> part = text_of(told.run.part)) {
    // GitLab calls the jobs of one run "test 1/4", "test 2/4": the place is no part of the run.
    const std::string place = std::string(" ") + index_value + '/' + std::getenv(told.count.variable);
    const std::size_t named = part->size() - (std::min)(part->size(), place.size());
    if (part->compare(named, std::string::npos, place) == 0) part->resize(named);
    run += '.' + *part;
  }
  return run;
}

/// What shows that the run has other machines as well.
inline std::string several_machines(const runner& told, const told_place& read) {
  const auto shown_by = [](const char* name) { return std::string(name) + "='" + std::getenv(name) + "'"; };
  const spread how = told.machines.how;
  if (how == spread::each) {
    if (told.count.variable == nullptr) return shown_by(told.index.variable);
    return read.count > 1 ? shown_by(told.count.variable) : "";
  }
  const char* const name = told.machines.variable;
  const char* const value = name != nullptr ? std::getenv(name) : nullptr;
  if (value == nullptr) return {};
  const unsigned number = number_in_variable(name, value);
  return (how == spread::nodes ? number > 1 : number < read.count) ? shown_by(name) : "";
}

/// What the runner told this process, if it is that runner's.
inline std::optional<told_place> place_told_by(const runner& told) {
  const char* const index = std::getenv(told.index.variable);
  if (index == nullptr && told.count.rule == count_rule::pair) {
    if (const char* const count = std::getenv(told.count.variable)) {
      raise_bad_variable(told.count.variable, count,
                         std::string("stands without ") + told.index.variable + ": set both or neither");
    }
  }
  told_place read;
  read.source = told.source;
  if (index == nullptr) {
    if (!told.run.without_index) return std::nullopt;
    read.run = run_of(told, nullptr);
    if (read.run.empty()) return std::nullopt;
    return read;
  }
  if (told.index.only_with != nullptr && std::getenv(told.index.only_with) == nullptr) return std::nullopt;
  read.index = read_index(told.index, index);
  read.count = read_count(told, index, read.index);
  read.run = run_of(told, index);
  read.several_machines = several_machines(told, read);
  return read;
}

/// What the innermost of them says.
inline std::optional<told_place> place_in_runner() {
  for (const runner& one : runners) {
    if (std::optional<told_place> told = place_told_by(one)) return told;
  }
  return std::nullopt;
}

}  // namespace detail
APART_END_NAMESPACE
