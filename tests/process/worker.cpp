#include <apart/process/worker.hpp>

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/launched.hpp"

namespace {

using apart::this_worker;
using apart::worker;
using support::contains;
namespace fs = std::filesystem;

using variable = std::optional<std::string>;

/// Whether a variable can be there, and empty, for the C library.
#if defined(_WIN32)
constexpr bool may_be_empty = false;
#else
constexpr bool may_be_empty = true;
#endif

void set(const char* name, const variable& value) {
  if (value) {
    ::setenv(name, value->c_str(), 1);
  } else {
    ::unsetenv(name);
  }
}

/// Takes away what a runner of this very test may have told.
void forget_runners() {
  for (const apart::detail::runner& one : apart::detail::runners) {
    for (const char* const name : {one.index.variable, one.index.only_with, one.count.variable, one.run.variable,
                                   one.run.part, one.run.otherwise, one.machines.variable}) {
      if (name != nullptr) ::unsetenv(name);
    }
  }
}

/// The environment as a test wants it. Each test that reads it sets it.
void tell(const variable& run_id, const variable& index, const variable& count) {
  forget_runners();
  set("APART_RUN_ID", run_id);
  set("APART_WORKER", index);
  set("APART_WORKERS", count);
}

const variable unset = std::nullopt;

void tell_as_runner(std::initializer_list<std::pair<const char*, const char*>> variables) {
  tell(unset, unset, unset);
  for (const auto& [name, value] : variables) ::setenv(name, value, 1);
}

std::string no_ctest() { return {}; }
std::string some_ctest() { return "ctest 1.2"; }

worker read_worker() { return apart::detail::read_place(no_ctest).self; }

std::string failure() {
  return support::error_of([] { static_cast<void>(read_worker()); });
}

std::string described(const worker& one) {
  return one.run_id + " " + std::to_string(one.index) + "/" + std::to_string(one.count) + " " + one.source;
}

/// The same, "own" in place of a random run.
std::string described_place() {
  worker one = read_worker();
  if (one.run_id.size() == 16 && one.run_id != read_worker().run_id) one.run_id = "own";
  return described(one);
}

std::string several_machines() { return apart::detail::read_place(no_ctest).several_machines; }

}  // namespace

TEST_CASE("a process that nobody numbered is 0 of 1 in a run of its own") {
  tell(unset, unset, unset);
  const worker one = read_worker();
  CHECK(one.index == 0);
  CHECK(one.count == 1);
  CHECK(one.source == "alone");
  CHECK(one.run_id.size() == 16);
  CHECK(read_worker().run_id != one.run_id);
}

TEST_CASE("the environment tells the run and the place in it") {
  tell("nightly 7/\xc3\xa4", "2", "4");
  CHECK(described(read_worker()) == "nightly 7/\xc3\xa4 2/4 environment");
  tell("run", unset, unset);
  CHECK(described(read_worker()) == "run 0/1 environment");
  tell("run", "0", "1");
  CHECK(described(read_worker()) == "run 0/1 environment");
  tell("run", "4294967294", "4294967295");
  CHECK(described(read_worker()) == "run 4294967294/4294967295 environment");
}

TEST_CASE("without a run id the process is a run of its own") {
  tell(unset, "1", "2");
  CHECK(described_place() == "own 1/2 environment");
}

TEST_CASE("shards of GoogleTest") {
  tell_as_runner({{"GTEST_SHARD_INDEX", "2"}, {"GTEST_TOTAL_SHARDS", "3"}});
  CHECK(described_place() == "own 2/3 googletest");
}

TEST_CASE("shards of Bazel") {
  tell_as_runner({{"TEST_SHARD_INDEX", "0"}, {"TEST_TOTAL_SHARDS", "2"}});
  CHECK(described_place() == "own 0/2 bazel");
}

TEST_CASE("nextest") {
  tell_as_runner({{"NEXTEST_RUN_ID", "5f-1"}, {"NEXTEST_TEST_GLOBAL_SLOT", "3"}, {"NEXTEST_TEST_THREADS", "8"}});
  CHECK(described_place() == "nextest 5f-1 3/8 nextest");
  for (const char* const says_nothing : {"num-cpus", "-2", "2"}) {
    ::setenv("NEXTEST_TEST_THREADS", says_nothing, 1);
    CHECK(described_place() == "nextest 5f-1 3/4 nextest");
  }
  ::setenv("NEXTEST_TEST_THREADS", "0", 1);
  CHECK(contains(failure(), "NEXTEST_TEST_THREADS='0'"));
  tell_as_runner({{"NEXTEST_RUN_ID", "5f-1"}, {"NEXTEST_TEST_GLOBAL_SLOT", "3"}});
  CHECK(described_place() == "nextest 5f-1 3/4 nextest");
  tell_as_runner({{"NEXTEST_RUN_ID", "5f-1"}, {"NEXTEST_TEST_THREADS", "8"}});
  CHECK(described_place() == "nextest 5f-1 0/1 nextest");
  tell_as_runner({{"NEXTEST_TEST_THREADS", "8"}});
  CHECK(described_place() == "own 0/1 alone");
}

TEST_CASE("workers of pytest-xdist, also one that replaces a dead one") {
  tell_as_runner(
      {{"PYTEST_XDIST_WORKER", "gw3"}, {"PYTEST_XDIST_WORKER_COUNT", "4"}, {"PYTEST_XDIST_TESTRUNUID", "9a"}});
  CHECK(described_place() == "pytest-xdist 9a 3/4 pytest-xdist");
  ::setenv("PYTEST_XDIST_WORKER", "gw4", 1);
  CHECK(described_place() == "pytest-xdist 9a 4/5 pytest-xdist");
  ::setenv("PYTEST_XDIST_WORKER_COUNT", "0", 1);
  CHECK(contains(failure(), "PYTEST_XDIST_WORKER_COUNT='0'"));
  for (const char* const junk : {"", "g", "gw", "gw-1", "3", "gw3x"}) {
    if (*junk == '\0' && !may_be_empty) continue;
    tell_as_runner({{"PYTEST_XDIST_WORKER", junk}, {"PYTEST_XDIST_WORKER_COUNT", "4"}});
    CHECK(contains(failure(), "PYTEST_XDIST_WORKER='" + std::string(junk) + "' is not "));
  }
}

TEST_CASE("ranks of Open MPI") {
  tell_as_runner({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_MCA_ess_base_jobid", "77"}});
  CHECK(described_place() == "openmpi 77 1/4 openmpi");
  CHECK(several_machines().empty());
  ::setenv("PMIX_NAMESPACE", "prterun-host-12@1", 1);
  ::setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "4", 1);
  CHECK(described_place() == "openmpi prterun-host-12@1 1/4 openmpi");
  CHECK(several_machines().empty());
  ::setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "2", 1);
  CHECK(several_machines() == "OMPI_COMM_WORLD_LOCAL_SIZE='2'");
}

TEST_CASE("ranks of MPICH and others that set PMI_*") {
  tell_as_runner({{"PMI_RANK", "1"}, {"PMI_SIZE", "4"}});
  CHECK(described_place() == "own 1/4 pmi");
  ::setenv("PMI_JOBID", "job", 1);
  ::setenv("MPI_LOCALNRANKS", "1", 1);
  CHECK(described_place() == "pmi job 1/4 pmi");
  CHECK(several_machines() == "MPI_LOCALNRANKS='1'");
}

TEST_CASE("tasks of Slurm's srun, but not the script of a batch job") {
  tell_as_runner({{"SLURM_PROCID", "2"},
                  {"SLURM_NTASKS", "4"},
                  {"SLURM_JOB_ID", "123"},
                  {"SLURM_STEP_ID", "0"},
                  {"SLURM_NNODES", "1"}});
  CHECK(described_place() == "slurm 123.0 2/4 slurm");
  CHECK(several_machines().empty());
  ::setenv("SLURM_NNODES", "2", 1);
  CHECK(several_machines() == "SLURM_NNODES='2'");
  ::setenv("SLURM_NNODES", "many", 1);
  CHECK(contains(failure(), "SLURM_NNODES='many' is not a number"));
  tell_as_runner({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_JOB_ID", "123"}, {"SLURM_NNODES", "2"}});
  CHECK(described_place() == "own 0/1 alone");
  CHECK(several_machines().empty());
}

TEST_CASE("pods of a Kubernetes indexed job, which are told neither a count nor a run") {
  tell_as_runner({{"JOB_COMPLETION_INDEX", "3"}});
  CHECK(described_place() == "own 3/4 kubernetes");
  CHECK(several_machines().empty());
  ::setenv("APART_RUN_ID", "run", 1);
  CHECK(described_place() == "run 3/4 kubernetes");
  CHECK(several_machines() == "JOB_COMPLETION_INDEX='3'");
}

TEST_CASE("jobs of GitLab, which count from 1 and bear their number in their name") {
  tell_as_runner(
      {{"CI_NODE_INDEX", "1"}, {"CI_NODE_TOTAL", "4"}, {"CI_PIPELINE_ID", "55"}, {"CI_JOB_NAME", "unit tests 1/4"}});
  CHECK(described_place() == "gitlab 55.unit tests 0/4 gitlab");
  CHECK(several_machines() == "CI_NODE_TOTAL='4'");
  ::setenv("CI_NODE_INDEX", "4", 1);
  ::setenv("CI_JOB_NAME", "unit tests 4/4", 1);
  CHECK(described_place() == "gitlab 55.unit tests 3/4 gitlab");
  ::setenv("CI_JOB_NAME", "t: [gcc, 4/4]", 1);
  CHECK(described_place() == "gitlab 55.t: [gcc, 4/4] 3/4 gitlab");
  ::setenv("CI_NODE_INDEX", "5", 1);
  CHECK(contains(failure(), "CI_NODE_INDEX='5' is above CI_NODE_TOTAL='4': workers count from 1"));
  ::setenv("CI_NODE_INDEX", "0", 1);
  CHECK(contains(failure(), "CI_NODE_INDEX='0' is too low"));
  tell_as_runner({{"CI_NODE_TOTAL", "1"}, {"CI_PIPELINE_ID", "55"}, {"CI_JOB_NAME", "unit tests"}});
  CHECK(described_place() == "own 0/1 alone");
}

TEST_CASE("jobs of Buildkite") {
  tell_as_runner({{"BUILDKITE_PARALLEL_JOB", "0"}, {"BUILDKITE_PARALLEL_JOB_COUNT", "2"}, {"BUILDKITE_BUILD_ID", "b"}});
  CHECK(described_place() == "buildkite b 0/2 buildkite");
  ::setenv("BUILDKITE_STEP_ID", "s", 1);
  CHECK(described_place() == "buildkite b.s 0/2 buildkite");
  CHECK(several_machines() == "BUILDKITE_PARALLEL_JOB_COUNT='2'");
}

TEST_CASE("nodes of CircleCI") {
  tell_as_runner({{"CIRCLE_NODE_INDEX", "1"}, {"CIRCLE_NODE_TOTAL", "2"}, {"CIRCLE_WORKFLOW_ID", "w"}});
  CHECK(described_place() == "circleci w 1/2 circleci");
  ::setenv("CIRCLE_JOB", "test", 1);
  CHECK(described_place() == "circleci w.test 1/2 circleci");
  CHECK(several_machines() == "CIRCLE_NODE_TOTAL='2'");
  tell_as_runner({{"CIRCLE_NODE_INDEX", "0"}, {"CIRCLE_NODE_TOTAL", "1"}, {"CIRCLE_WORKFLOW_ID", "w"}});
  CHECK(described_place() == "circleci w 0/1 circleci");
  CHECK(several_machines().empty());
}

TEST_CASE("the innermost runner goes first, and what is further out is not read") {
  const std::vector<std::pair<std::pair<const char*, const char*>, std::pair<const char*, const char*>>> outwards = {
      {{"APART_WORKER", "1"}, {"APART_WORKERS", "2"}},
      {{"GTEST_SHARD_INDEX", "1"}, {"GTEST_TOTAL_SHARDS", "3"}},
      {{"TEST_SHARD_INDEX", "1"}, {"TEST_TOTAL_SHARDS", "4"}},
      {{"NEXTEST_TEST_GLOBAL_SLOT", "1"}, {"NEXTEST_TEST_THREADS", "5"}},
      {{"PYTEST_XDIST_WORKER", "gw1"}, {"PYTEST_XDIST_WORKER_COUNT", "6"}},
      {{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "7"}},
      {{"PMI_RANK", "1"}, {"PMI_SIZE", "8"}},
      {{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "9"}},
      {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "10"}},
      {{"BUILDKITE_PARALLEL_JOB", "1"}, {"BUILDKITE_PARALLEL_JOB_COUNT", "11"}},
      {{"CIRCLE_NODE_INDEX", "1"}, {"CIRCLE_NODE_TOTAL", "12"}}};
  tell(unset, unset, unset);
  ::setenv("SLURM_STEP_ID", "0", 1);
  for (const auto& [index, count] : outwards) {
    ::setenv(index.first, index.second, 1);
    ::setenv(count.first, count.second, 1);
  }
  unsigned expected = 2;
  for (const auto& [index, count] : outwards) {
    const worker one = read_worker();
    CHECK(one.index == 1);
    CHECK(one.count == expected++);
    CHECK((one.source == "environment") == (expected == 3));
    if (expected <= 12) {
      ::setenv("CIRCLE_NODE_INDEX", "junk", 1);
      CHECK(failure().empty());
      ::setenv("CIRCLE_NODE_INDEX", "1", 1);
    }
    ::unsetenv(index.first);
    ::unsetenv(count.first);
  }
}

TEST_CASE("a run id in the environment goes before the runner's, which still gives the place") {
  tell_as_runner({{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "4"}, {"SLURM_JOB_ID", "123"}, {"SLURM_STEP_ID", "0"}});
  ::setenv("APART_RUN_ID", "run", 1);
  CHECK(described_place() == "run 2/4 slurm");
}

TEST_CASE("under ctest the run is ctest's, unless somebody else tells one") {
  const auto place = [] { return described(apart::detail::read_place(some_ctest).self); };
  tell(unset, unset, unset);
  CHECK(place() == "ctest 1.2 0/1 ctest");
  tell("run", unset, unset);
  CHECK(place() == "run 0/1 environment");
  tell_as_runner({{"GTEST_SHARD_INDEX", "2"}, {"GTEST_TOTAL_SHARDS", "3"}});
  CHECK(place() == "ctest 1.2 2/3 googletest");
  tell_as_runner({{"NEXTEST_RUN_ID", "5f"}});
  CHECK(place() == "nextest 5f 0/1 nextest");
  tell_as_runner({{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "3"}});
  CHECK(place() == "ctest 1.2 1/3 gitlab");
  CHECK(apart::detail::read_place(some_ctest).several_machines.empty());
}

#if defined(SUPPORT_FORKS)
TEST_CASE("tests of one ctest are one run, those of another one are another") {
  const support::place here;
  tell(unset, unset, unset);
  support::write_file(here.path() / "CTestTestfile.cmake", "add_test(one sh says 1)\nadd_test(two sh says 2)\n");
  support::write_file(here.path() / "says", "SUPPORT_OUTPUT=3 '" + fs::canonical("/proc/self/exe").string() +
                                                "' 'says where it is' 3>$1 >/dev/null\n");
  const auto places = [&] {
    for (const char* const name : {"1", "2"}) fs::remove(here.path() / name);
    const std::string command = "cd '" + here.path().string() + "' && ctest -j2 >/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    return std::pair(support::text_of(here.path() / "1"), support::text_of(here.path() / "2"));
  };
  const auto first = places();
  CHECK(first.first == first.second);
  CHECK(first.first.rfind("ctest ", 0) == 0);
  CHECK(contains(first.first, " 0/1 ctest"));
  const auto second = places();
  CHECK(second.first == second.second);
  CHECK(second.first != first.first);
}
#endif

TEST_CASE("a variable that is malformed or contradicts another is an error that names it and its value") {
  tell("run", "1", unset);
  CHECK(contains(failure(), "APART_WORKER='1' stands without APART_WORKERS"));
  tell("run", unset, "4");
  CHECK(contains(failure(), "APART_WORKERS='4' stands without APART_WORKER:"));
  tell("run", "4", "4");
  CHECK(contains(failure(), "APART_WORKER='4' is not below APART_WORKERS='4'"));
  tell("run", "0", "0");
  CHECK(contains(failure(), "APART_WORKERS='0'"));
  tell("", "0", "1");
  if (may_be_empty) CHECK(contains(failure(), "APART_RUN_ID='' is empty"));
  for (const char* junk : {"", "-1", "+1", " 1", "1 ", "1x", "x", "0x1", "1.0", "99999999999", "4294967296"}) {
    if (*junk == '\0' && !may_be_empty) continue;
    tell("run", junk, "4");
    CHECK(contains(failure(), "APART_WORKER='" + std::string(junk) + "'"));
    tell("run", "0", junk);
    CHECK(contains(failure(), "APART_WORKERS='" + std::string(junk) + "'"));
  }
}

TEST_CASE("so it is with what a runner tells") {
  for (const apart::detail::runner& one : apart::detail::runners) {
    if (one.index.prefix[0] != '\0') continue;  // has a test of its own
    const std::string name = one.index.variable;
    const auto tell_index = [&](const char* value) {
      tell_as_runner({{name.c_str(), value}});
      if (one.index.only_with != nullptr) ::setenv(one.index.only_with, "0", 1);
      if (one.count.variable != nullptr) ::setenv(one.count.variable, "4", 1);
    };
    CAPTURE(name);
    for (const char* junk : {"", "-1", " 1", "1x", "99999999999"}) {
      if (*junk == '\0' && !may_be_empty) continue;
      tell_index(junk);
      CHECK(contains(failure(), name + "='" + junk + "'"));
    }
    tell_index("4294967295");
    CHECK(contains(failure(), name + "='4294967295'"));
    if (one.count.variable == nullptr || one.count.rule == apart::detail::count_rule::hint) continue;
    const std::string count = one.count.variable;
    tell_index("5");
    CHECK(contains(failure(), name + "='5' is "));
    CHECK(contains(failure(), count + "='4'"));
    for (const char* junk : {"", "-1", "x", "0"}) {
      if (*junk == '\0' && !may_be_empty) continue;
      tell_index("1");
      ::setenv(count.c_str(), junk, 1);
      CHECK(contains(failure(), count + "='" + junk + "'"));
    }
    tell_index("1");
    ::unsetenv(count.c_str());
    CHECK(contains(failure(), name + "='1' stands without " + count));
    tell_as_runner({{count.c_str(), "4"}});
    const bool pair = one.count.rule == apart::detail::count_rule::pair;
    CHECK(failure().empty() != pair);
    if (pair) CHECK(contains(failure(), count + "='4' stands without " + name));
    if (one.run.variable == nullptr || !may_be_empty) continue;
    tell_index("1");
    ::setenv(one.run.variable, "", 1);
    CHECK(contains(failure(), std::string(one.run.variable) + "='' is empty"));
  }
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a process reads its place once, whatever becomes of the environment, and its forked child has the same") {
  support::child asks = support::fresh_child({}, [](int output) {
    tell("first", "1", "2");
    std::string report = described(this_worker()) + "\n";
    tell("second", "0", "junk");
    report += described(this_worker()) + "\n";
    report += support::in_child([](int inner) { support::write_all(inner, described(this_worker())); }).output;
    support::write_all(output, report);
  });
  CHECK(asks.wait().output == "first 1/2 environment\nfirst 1/2 environment\nfirst 1/2 environment");
}

TEST_CASE("a place that could not be read is an error each time, and read when it is corrected") {
  support::child asks = support::fresh_child({}, [](int output) {
    tell("run", "1", unset);
    const auto ask = [] { static_cast<void>(this_worker()); };
    const std::string once = support::error_of(ask);
    if (once.empty() || once != support::error_of(ask)) std::abort();
    tell("run", "1", "2");
    support::write_all(output, described(this_worker()));
  });
  CHECK(asks.wait().output == "run 1/2 environment");
}

TEST_CASE("threads that ask at the same time get one answer") {
  for (int round = 0; round < 20; ++round) {
    support::child asks = support::fresh_child({}, [](int output) {
      tell("run", unset, unset);
      std::vector<std::thread> asking;
      std::vector<const worker*> got(8);
      for (const worker*& one : got) asking.emplace_back([&one] { one = &this_worker(); });
      for (std::thread& thread : asking) thread.join();
      for (const worker* one : got) {
        if (one != got[0]) std::abort();
      }
      support::write_all(output, got[0]->source);
    });
    REQUIRE(asks.wait().output == "environment");
  }
}

TEST_CASE("a worker and the keeper of a launcher say so") {
  for (const char role : {'w', 'k'}) {
    const support::ended said = support::in_child([role](int output) {
      tell("run", "1", "2");
      support::become_launched("says where it is", output, role, 3, 4);
    });
    CHECK(said.output == (role == 'w' ? "run 1/2 launcher" : "run 1/2 keeper"));
  }
}

TEST_CASE("what a runner told the launcher is not its members'") {
  const support::ended said = support::in_child([](int output) {
    tell_as_runner({{"GTEST_SHARD_INDEX", "1"}, {"GTEST_TOTAL_SHARDS", "junk"}});
    ::setenv("APART_RUN_ID", "run", 1);
    support::become_launched("says where it is", output, 'k', 3, 4);
  });
  CHECK(said.output == "run 0/1 keeper");
}

TEST_CASE("a program that a launcher's worker starts is not that worker's equal") {
  const support::ended said = support::in_child([](int output) {
    tell("run", "1", "2");
    support::become_launched("says where it is", output, 'w', 3, 4, ::getppid());
  });
  CHECK(said.output == "run 1/2 environment");
}

TEST_CASE("says where it is", "[.][self]") {
  if (support::output_of_self() < 0) return;
  support::write_all(support::output_of_self(), described(this_worker()));
}
#endif
