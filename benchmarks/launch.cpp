// The launcher beside what people write in its place, the same binary four times, a quarter of the tests each; beside what no
// launcher can be better than; and, where they are there, beside the launchers of other languages, with the same tests.
//
//     launch [--rounds=N] [--only=TEXT] [--growth]
//
// APART_RIVALS is a directory that benchmarks/rivals/make has filled.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <apart/file/temp_dir.hpp>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "row.hpp"
#include "subject/work.hpp"

namespace {

constexpr int most = 10'000;
int rounds = 21;
std::string only;

double seconds_of(const std::string& command) {
  const auto began = std::chrono::steady_clock::now();
  if (std::system(command.c_str()) != 0) {
    fmt::print(stderr, "failed: {}\n", command);
    std::exit(1);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// Of all commands so far.
double cpu_seconds() {
  struct rusage used {};
  ::getrusage(RUSAGE_CHILDREN, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

/// What the launcher and a worker need at the least to speak of a test: there and back between two processes.
double seconds_of_round_trip() {
  constexpr int trips = 10'000;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  char byte = 0;
  const pid_t echo = ::fork();
  if (echo == 0) {
    ::close(ends[0]);
    while (::read(ends[1], &byte, 1) == 1 && ::write(ends[1], &byte, 1) == 1) {
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < trips; ++i) {
    if (::write(ends[0], &byte, 1) != 1 || ::read(ends[0], &byte, 1) != 1) std::abort();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  ::close(ends[0]);
  ::waitpid(echo, nullptr, 0);
  return took.count() / trips;
}

/// Runs both in turn.
template <class Ours, class Theirs>
void compare_functions(target held_to, const std::string& what, Ours ours, const std::string& rival, Theirs theirs,
                       int how_often) {
  if (what.find(only) == std::string::npos) return;
  row shown(what, rival, held_to);
  const row_budget budget(how_often, 3);
  for (int round = 0; budget.has_more(round); ++round) {
    double of_rival = round % 2 == 0 ? 0 : theirs();
    const double mine = ours();
    if (round % 2 == 0) of_rival = theirs();
    shown.add(mine, of_rival);
  }
  shown.print();
}

/// The same of commands. `tests`: times are of one of so many.
void compare(target held_to, const std::string& what, const std::string& ours, const std::string& rival,
             const std::string& rivals, int how_often, int tests = 1) {
  compare_functions(
      held_to, what, [&] { return seconds_of(ours) / tests; }, rival, [&] { return seconds_of(rivals) / tests; },
      how_often);
}

/// What people write in its place: four processes, each with every fourth test.
std::string shell_loop(const std::string& suite, int tests, const std::filesystem::path& place) {
  for (int quarter = 0; quarter < 4; ++quarter) {
    std::ofstream names(place / std::to_string(quarter));
    for (int number = quarter; number < tests; number += 4) names << name_of(number) << '\n';
  }
  return fmt::format("for i in 0 1 2 3; do {} --input-file {}/$i >/dev/null & done; wait", suite, place.string());
}

/// GoogleTest's own way to do so.
std::string shell_loop_of_gtest(const std::string& suite) {
  return "for i in 0 1 2 3; do GTEST_TOTAL_SHARDS=4 GTEST_SHARD_INDEX=$i " + suite + " >/dev/null & done; wait";
}

std::string launched(const std::string& suite) { return suite + " --procs=4 >/dev/null"; }

/// The commands of other launchers; `variables` are those of our suite, which theirs read, too.
struct rival {
  std::string name;
  std::string command(const std::string& variables) const { return variables + ' ' + run; }
  std::string run;
};
std::vector<rival> rivals() {
  const char* const made = std::getenv("APART_RIVALS");
  if (made == nullptr) return {};
  const std::string place = made;
  return {{"Ginkgo", fmt::format("ginkgo --procs=4 {}/suite.test >/dev/null", place)},
          {"pytest-xdist",
           fmt::format("python3 -m pytest -q -p no:cacheprovider -n 4 {}/test_suite.py >/dev/null", place)}};
}

/// `framework`: with its own way to run the suite in four processes, and how often that is worth the time.
void empty_tests(const std::string& framework, const std::string& binary, const std::string& own_way,
                 const std::function<std::string(const std::string& suite, int tests)>& own_command, int how_often) {
  const std::string few = fmt::format("SUITE_TESTS={} {}", most_that_work, binary);
  compare(ratio_at_most(2), "88 empty tests, " + framework, launched(few), own_way, own_command(few, most_that_work),
          rounds);
  const std::string many = fmt::format("SUITE_TESTS={} {}", most, binary);
  const std::string what = "10,000 empty tests, each, " + framework;
  compare_functions(
      ours_at_most(20e-6, 2), what, [&] { return seconds_of(launched(many)) / most; }, "a socket's round trip",
      seconds_of_round_trip, rounds / 2);
  compare(no_target(), what, launched(many), own_way, own_command(many, most), how_often, most);
}

void empty_tests() {
  const apart::temp_dir place("quarters");
  empty_tests(
      "Catch2", APART_SUITE, "4-shard shell loop",
      [&](const std::string& suite, int tests) { return shell_loop(suite, tests, place.path()); }, rounds / 7);
#ifdef APART_GTEST_SUITE
  empty_tests(
      "GoogleTest", APART_GTEST_SUITE, "its own four shards",
      [](const std::string& suite, int) { return shell_loop_of_gtest(suite); }, rounds / 2);
#endif
  for (const rival& each : rivals()) {
    for (const int tests : {most_that_work, most}) {
      const bool few = tests == most_that_work;
      const std::string variables = fmt::format("SUITE_TESTS={}", tests);
      compare(few && each.name == "Ginkgo" ? faster_at_least(8) : target{"faster"},
              few ? "88 empty tests, Catch2" : "10,000 empty tests, each, Catch2",
              launched(variables + ' ' + APART_SUITE), each.name, each.command(variables),
              few ? rounds / 2 : rounds / 7, few ? 1 : most);
    }
  }
}

/// The same waits in four bare processes, the longest first, each by whoever is free first: what no launcher can be better
/// than, on this machine as busy as it is. Takes max(sum / 4, longest) at the least.
double seconds_of_bare_waits() {
  std::vector<std::chrono::milliseconds> waits;
  for (int number = 0; number < most_that_work; ++number) waits.push_back(work_of(number));
  std::sort(waits.rbegin(), waits.rend());
  std::vector<std::vector<std::chrono::milliseconds>> shares(4);
  std::vector<std::chrono::milliseconds> busy(4);
  for (const std::chrono::milliseconds wait : waits) {
    const auto first_free = std::min_element(busy.begin(), busy.end());
    *first_free += wait;
    shares[static_cast<std::size_t>(first_free - busy.begin())].push_back(wait);
  }
  const auto began = std::chrono::steady_clock::now();
  std::vector<pid_t> children;
  for (const auto& share : shares) {
    children.push_back(::fork());
    if (children.back() == 0) {
      for (const std::chrono::milliseconds wait : share) std::this_thread::sleep_for(wait);
      ::_exit(0);
    }
  }
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// Tests that wait, so that the machine's cores do not count; beside the least that four processes need for them.
void uneven_tests() {
  const apart::temp_dir place("uneven");
  const std::string variables = "SUITE_WORK=sleeps";
  const std::string suite = variables + ' ' + APART_SUITE;
  const std::string timings = "APART_TIMINGS=" + (place.path() / "timings").string() + ' ';
  const double cores = std::max(1U, std::thread::hardware_concurrency());
  const int how_often = rounds / 3;
  const auto beside_least = [&](target held_to, const std::string& what, const std::string& command) {
    double cpu = 0;
    compare_functions(
        held_to, what,
        [&] {
          const double before = cpu_seconds();
          const double took = seconds_of(command);
          cpu = cpu_seconds() - before;
          return took;
        },
        "max(sum/4, longest, CPU)", [&] { return std::max(seconds_of_bare_waits(), cpu / cores); }, how_often);
  };
  seconds_of(timings + launched(suite));
  beside_least(ratio_at_most(1.1), "88 uneven tests, with APART_TIMINGS", timings + launched(suite));
  beside_least(no_target(), "88 uneven tests, never run before", launched(suite));
  const std::string loop = shell_loop(suite, most_that_work, place.path());
  compare({"faster"}, "88 uneven tests, with APART_TIMINGS", timings + launched(suite), "4-shard shell loop", loop,
          how_often);
  for (const rival& each : rivals()) {
    compare({"faster"}, "88 uneven tests, with APART_TIMINGS", timings + launched(suite), each.name,
            each.command(variables), how_often);
    compare({"faster"}, "88 uneven tests, never run before", launched(suite), each.name, each.command(variables),
            how_often);
  }
}

/// Tests that compute: as many processes as the machine has cores, beside one.
void computing_tests() {
  const std::string suite = fmt::format("SUITE_WORK=computes {}", APART_SUITE);
  compare({"faster"}, "88 computing tests, --procs=auto", suite + " --procs=auto >/dev/null", "one process",
          suite + " >/dev/null", rounds / 7);
}

void growth_of(const std::string& framework, const std::string& suite) {
  growth shown("a run of so many empty tests, " + framework, "linear");
  for (const int tests : {10, 30, 100, 300, 1000, 3000, 10'000}) {
    std::vector<double> times;
    for (int round = 0; round < 5; ++round) {
      times.push_back(seconds_of(fmt::format("SUITE_TESTS={} {}", tests, launched(suite))));
    }
    shown.add(tests, median(times));
  }
  shown.print();
}

}  // namespace

int main(int argc, char** argv) {
  bool grows = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.rfind("--rounds=", 0) == 0) {
      rounds = std::max(1, std::atoi(argument.c_str() + 9));
    } else if (argument.rfind("--only=", 0) == 0) {
      only = argument.substr(7);
    } else if (argument == "--growth") {
      grows = true;
    } else {
      fmt::print(stderr, "launch: unknown argument \"{}\"\n", argument);
      return 2;
    }
  }
  if (grows) {
    growth_of("Catch2", APART_SUITE);
#ifdef APART_GTEST_SUITE
    growth_of("GoogleTest", APART_GTEST_SUITE);
#endif
    return 0;
  }
  empty_tests();
  uneven_tests();
  computing_tests();
}
