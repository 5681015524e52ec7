// The launcher beside the bare shell loop that people write: the same binary four times, a quarter of the tests each.
// Both sides run in turn; medians, and the ratio, which alone means something on a shared machine.
//
//     launch [rounds]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <apart/file/temp_dir.hpp>

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

void compare(int tests, int rounds) {
  const apart::temp_dir place("quarters");
  for (int quarter = 0; quarter < 4; ++quarter) {
    std::ofstream names(place.path() / std::to_string(quarter));
    for (int number = quarter; number < tests; number += 4) names << "empty test " << number << '\n';
  }
  const std::string count = fmt::format("EMPTY_TESTS={} ", tests);
  const std::string launcher = count + APART_EMPTY_SUITE " --procs=4 >/dev/null";
  const std::string loop = fmt::format("for i in 0 1 2 3; do {}{} --input-file {}/$i >/dev/null & done; wait", count,
                                       APART_EMPTY_SUITE, place.path().string());
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int round = 0; round < rounds; ++round) {
    ours.push_back(seconds_of(launcher));
    theirs.push_back(seconds_of(loop));
  }
  const double mine = median(ours);
  const double rival = median(theirs);
  fmt::print(
      "{:>6} empty tests, 4 processes: launcher {:7.1f} ms, shell loop {:7.1f} ms, ratio {:.2f}; {:.1f} us a test\n",
      tests, mine * 1e3, rival * 1e3, mine / rival, mine * 1e6 / tests);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 21;
  compare(88, rounds);
  compare(10'000, std::max(1, rounds / 7));
}
