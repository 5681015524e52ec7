// The launcher beside the bare shell loop that people write: the same binary four times, a quarter of the tests each; and
// beside what no launcher can be better than. Both sides run in turn; medians, and the ratio, which alone means something
// on a shared machine.
//
//     launch [rounds]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <apart/file/temp_dir.hpp>

#include "subject/work.hpp"

namespace {

double seconds_of(const std::string& command) {
  const auto began = std::chrono::steady_clock::now();
  if (std::system(command.c_str()) != 0) {
    fmt::print(stderr, "failed: {}\n", command);
    std::exit(1);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

struct pair_of_medians {
  double ours;
  double rivals;
};

pair_of_medians side_by_side(const std::string& ours, const std::string& rivals, int rounds) {
  std::vector<double> mine;
  std::vector<double> theirs;
  for (int round = 0; round < rounds; ++round) {
    mine.push_back(seconds_of(ours));
    theirs.push_back(seconds_of(rivals));
  }
  return {median(mine), median(theirs)};
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

void print_empty_tests(const char* framework, int tests, const pair_of_medians& took) {
  fmt::print(
      "{:>6} empty tests, 4 processes, {:>10}: launcher {:7.1f} ms, shell loop {:7.1f} ms, ratio {:.2f}; {:.1f} us a "
      "test\n",
      tests, framework, took.ours * 1e3, took.rivals * 1e3, took.ours / took.rivals, took.ours * 1e6 / tests);
}

void empty_tests(int tests, int rounds) {
  const apart::temp_dir place("quarters");
  const std::string suite = fmt::format("SUITE_TESTS={} {}", tests, APART_SUITE);
  const std::string launched = " --procs=4 >/dev/null";
  print_empty_tests("Catch2", tests, side_by_side(suite + launched, shell_loop(suite, tests, place.path()), rounds));
#ifdef APART_GTEST_SUITE
  const std::string of_gtest = fmt::format("SUITE_TESTS={} {}", tests, APART_GTEST_SUITE);
  print_empty_tests("GoogleTest", tests, side_by_side(of_gtest + launched, shell_loop_of_gtest(of_gtest), rounds));
#endif
}

/// Tests that wait, so that the machine's cores do not count.
void uneven_tests(int rounds) {
  const apart::temp_dir place("uneven");
  const std::string suite = fmt::format("SUITE_WORK=sleeps {}", APART_SUITE);
  const std::string timings = "APART_TIMINGS=" + (place.path() / "timings").string() + " ";
  std::chrono::milliseconds sum{0};
  std::chrono::milliseconds longest{0};
  for (int number = 0; number < most_that_work; ++number) {
    sum += work_of(number);
    longest = std::max(longest, work_of(number));
  }
  const double bound = std::chrono::duration<double>(std::max<std::chrono::nanoseconds>(sum / 4, longest)).count();
  const std::string command = suite + " --procs=4 >/dev/null";
  const auto [untold, loop] = side_by_side(command, shell_loop(suite, most_that_work, place.path()), rounds);
  seconds_of(timings + command);
  const auto [told, again] = side_by_side(timings + command, command, rounds);
  for (const auto& [what, took] : {std::pair("shell loop", loop), std::pair("launcher", std::min(untold, again)),
                                   std::pair("launcher with APART_TIMINGS", told)}) {
    fmt::print("{:>6} uneven tests, 4 processes: {} {:.0f} ms, max(sum / 4, longest) {:.0f} ms, ratio {:.2f}\n",
               most_that_work, what, took * 1e3, bound * 1e3, took / bound);
  }
}

/// Tests that compute: as many processes as the machine has cores, beside one.
void computing_tests(int rounds) {
  const std::string suite = fmt::format("SUITE_WORK=computes {}", APART_SUITE);
  const auto [mine, serial] = side_by_side(suite + " --procs=auto >/dev/null", suite + " >/dev/null", rounds);
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  fmt::print("{:>6} computing tests, {} processes: {:.0f} ms, serial {:.0f} ms, {:.2f} x faster, {:.2f} of the cores\n",
             most_that_work, cores, mine * 1e3, serial * 1e3, serial / mine, serial / mine / cores);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 21;
  empty_tests(most_that_work, rounds);
  empty_tests(10'000, std::max(1, rounds / 7));
  uneven_tests(std::max(1, rounds / 4));
  computing_tests(std::max(1, rounds / 7));
}
