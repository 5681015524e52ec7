#pragma once

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <apart/context/detail/process_contexts.hpp>
#include <apart/detail/ancestor.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/random.hpp>
#include <apart/process/detail/runner.hpp>

APART_BEGIN_NAMESPACE

/// Which of the processes of a run this one is. Total: a process that nobody numbered is 0 of 1.
struct worker {
  std::string run_id;  ///< equal in all processes of a run, different between runs
  unsigned index = 0;  ///< 0-based, below `count`; different in two processes that who numbered them runs side by side
  unsigned count = 1;
  std::string source;  ///< who said so: see `this_worker`
};

/// This process's place in its run, from the first of these that tells it. The innermost goes first: a GoogleTest shard
/// of a Slurm task of a CI job is a shard. What stands further down is not read, and may be anything.
///
///     source               index                      count                         run
///     launcher, keeper     APART_WORKER               APART_WORKERS                 APART_RUN_ID
///     environment          APART_WORKER               APART_WORKERS                 APART_RUN_ID
///     googletest           GTEST_SHARD_INDEX          GTEST_TOTAL_SHARDS
///     bazel                TEST_SHARD_INDEX           TEST_TOTAL_SHARDS
///     nextest              NEXTEST_TEST_GLOBAL_SLOT   NEXTEST_TEST_THREADS          NEXTEST_RUN_ID
///     pytest-xdist         PYTEST_XDIST_WORKER: gw0   PYTEST_XDIST_WORKER_COUNT     PYTEST_XDIST_TESTRUNUID
///     openmpi              OMPI_COMM_WORLD_RANK       OMPI_COMM_WORLD_SIZE          PMIX_NAMESPACE, else
///                                                                                   OMPI_MCA_ess_base_jobid
///     pmi (MPICH, Intel)   PMI_RANK                   PMI_SIZE                      PMI_JOBID
///     slurm (srun only)    SLURM_PROCID               SLURM_NTASKS                  SLURM_JOB_ID, SLURM_STEP_ID
///     kubernetes           JOB_COMPLETION_INDEX
///     gitlab               CI_NODE_INDEX: from 1      CI_NODE_TOTAL                 CI_PIPELINE_ID, CI_JOB_NAME
///     buildkite            BUILDKITE_PARALLEL_JOB     BUILDKITE_PARALLEL_JOB_COUNT  BUILDKITE_BUILD_ID,
///                                                                                   BUILDKITE_STEP_ID
///     circleci             CIRCLE_NODE_INDEX          CIRCLE_NODE_TOTAL             CIRCLE_WORKFLOW_ID, CIRCLE_JOB
///     ctest                0                          1                             nearest process `ctest` above
///     alone                0                          1                             random
///
/// Run: `APART_RUN_ID`, any text but the empty one, goes before what a runner or ctest tells; alone it makes the source
/// "environment". A runner's begins with the runner's name, so that runs of two runners never meet. ctest's are its
/// process id and the time of its start. Where the runner tells none, it is that of the ctest above, and where there is
/// no ctest the process is a run of its own with a random id.
/// Index: a runner counts where its variable of the index is set; that of the count alone says nothing (GitLab sets it
/// everywhere), but in a pair of `APART_`, `GTEST_` or `TEST_` it is an error. NEXTEST_RUN_ID alone makes the process 0
/// of 1. Who starts several processes with the same variables, as a CI job does that runs a whole suite, gives all of
/// them one index; ctest gives none, and all of its tests are 0 of 1.
/// Count: what is told, but index + 1 where that is more, or nothing is told, for three runners: Kubernetes tells none,
/// nextest not always (or "num-cpus"), and pytest-xdist numbers the worker that replaces a dead one beyond it.
/// Several machines: what shows them (SLURM_NNODES, OMPI_COMM_WORLD_LOCAL_SIZE, MPI_LOCALNRANKS, a CI's count, an index
/// of Kubernetes) is reported when such a run begins to meet through files, which join the processes of one machine.
/// Scope: the process. The environment is read at the first call that succeeds, and never again; a forked child is the
/// same worker as its parent.
/// Threads: any. Usable from static initialisers and destructors: what it refers to is never destroyed.
/// Errors: `apart::error` that names the variable and its value when one is malformed or contradicts another.
[[nodiscard]] inline const worker& this_worker();

namespace detail {

inline constexpr const char* run_id_variable = "APART_RUN_ID";

inline std::string random_run_id() {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, random_bits());
  return text;
}

/// "ctest 4711.90210": the run of everything that the nearest ctest starts. Empty where there is none above.
inline std::string run_of_ctest() {
  const std::optional<process_identity> above = nearest_ancestor("ctest");
  if (!above) return {};
  return "ctest " + std::to_string(above->id) + '.' + std::to_string(above->started);
}

/// A worker, and what shows that others of its run are on other machines: "SLURM_NNODES='2'", or nothing.
struct process_place {
  worker self;
  std::string several_machines;
};

/// What the environment says at this moment. `find_ctest`: see `run_of_ctest`.
inline process_place read_place(std::string (*find_ctest)() = run_of_ctest) {
  const bool keeper = launched_as().is_keeper() || launched_as().is_keeper_of_ctest();
  const bool launched = launched_as().is_worker() || keeper;
  std::optional<told_place> told = place_told_by(own_variables);
  if (!told && !launched) told = place_in_runner();
  const bool numbered = told.has_value();
  if (!told) told.emplace();

  const char* const run_id = std::getenv(run_id_variable);
  if (run_id != nullptr) {
    if (*run_id == '\0') raise_empty_run(run_id_variable);
    told->run = run_id;
    if (!numbered) told->source = own_variables.source;
  } else if (told->run.empty()) {
    told->run = find_ctest();
    if (!numbered && !told->run.empty()) told->source = "ctest";
    told->several_machines.clear();  // the run is of this machine, whatever the numbers are of
  }
  if (told->run.empty()) told->run = random_run_id();
  if (launched) told->source = keeper ? "keeper" : "launcher";
  return {{std::move(told->run), told->index, told->count, told->source}, std::move(told->several_machines)};
}

/// Published once and left to the system at exit, without a lock that a fork could leave taken.
inline std::atomic<const process_place*> known_place{nullptr};

inline const process_place& publish_place() {
  auto read = std::make_unique<const process_place>(read_place());
  const process_place* first = nullptr;
  if (known_place.compare_exchange_strong(first, read.get(), std::memory_order_acq_rel, std::memory_order_acquire)) {
    const process_place& place = *read.release();
    const worker& published = place.self;
    if (published.source == "keeper") {
      process_contexts::instance().name_process("keeper");
    } else if (published.count > 1) {
      process_contexts::instance().name_process("worker " + std::to_string(published.index));
    }
    return place;
  }
  return *first;
}

inline const process_place& this_place() {
  const process_place* const known = known_place.load(std::memory_order_acquire);
  return known != nullptr ? *known : publish_place();
}

}  // namespace detail

inline const worker& this_worker() { return detail::this_place().self; }

APART_END_NAMESPACE
