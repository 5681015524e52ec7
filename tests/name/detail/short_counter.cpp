#include <apart/name/detail/short_counter.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"
#include "support/launched.hpp"

#if defined(SUPPORT_FORKS)
#include <unistd.h>
#endif

namespace {

using apart::detail::permute_short;
using apart::detail::short_block;
using apart::detail::short_launched;
using apart::detail::short_spellings;
using apart::detail::unique_short_position;

constexpr std::uint64_t short_run_bits = 0xfedcba9876543210;

/// The inverse of permute_short.
std::uint64_t unpermute(std::uint64_t permuted) {
  constexpr std::uint64_t base = 27 * 27 * 27 * 27;
  std::uint64_t left = permuted / base;
  std::uint64_t right = permuted % base;
  for (std::uint64_t round = 4; round >= 1; --round) {
    const std::uint64_t former = (right + base - apart::detail::mix((round << 32) | left) % base) % base;
    right = left;
    left = former;
  }
  return left * base + right;
}

std::size_t repeated(std::vector<std::uint64_t> positions) {
  std::sort(positions.begin(), positions.end());
  std::size_t count = 0;
  for (std::size_t i = 1; i < positions.size(); ++i) count += positions[i] == positions[i - 1] ? 1 : 0;
  return count;
}

#if defined(SUPPORT_FORKS)
std::uint64_t position_in(const support::ended& drawn) { return std::stoull(drawn.output); }

std::string position_drawn() { return std::to_string(unique_short_position()); }
#endif

}  // namespace

TEST_CASE("the space of short names is permuted: every position is spelled, and none twice") {
  for (std::uint64_t i = 0; i < 100000; ++i) {
    for (const std::uint64_t position : {i, short_spellings - 1 - i, i * 2824295 + 7}) {
      const std::uint64_t permuted = permute_short(position);
      REQUIRE(permuted < short_spellings);
      REQUIRE(unpermute(permuted) == position);
    }
  }
}

TEST_CASE("neighbours in the space of short names do not look alike") {
  int alike = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    const std::uint64_t difference = permute_short(i) / 27 / 27 / 27 / 27 == permute_short(i + 1) / 27 / 27 / 27 / 27;
    alike += static_cast<int>(difference);
  }
  CHECK(alike < 5);  // half of the name is the same once in 531,441 pairs
}

TEST_CASE("threads never draw a short position twice") {
  constexpr std::size_t each = 500000;
  std::vector<std::uint64_t> positions(4 * each);
  std::vector<std::thread> drawing;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    drawing.emplace_back([&positions, thread] {
      for (std::size_t i = 0; i < each; ++i) positions[thread * each + i] = unique_short_position();
    });
  }
  for (std::thread& thread : drawing) thread.join();
  CHECK(repeated(positions) == 0);
  positions[5] = positions[each + 5];
  CHECK(repeated(positions) == 1);
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a process that no launcher numbered draws short positions from the upper part, each elsewhere") {
  const std::uint64_t before = unique_short_position();
  const support::ended drawn = support::in_child([](int output) { support::write_all(output, position_drawn()); });
  const std::uint64_t after = unique_short_position();
  CHECK(before >= short_launched);
  CHECK((after == before + 1 || after == short_launched));
  CHECK(position_in(drawn) >= short_launched);
  CHECK(position_in(drawn) != after);
}

TEST_CASE("a process that the launcher numbered draws short positions from its block, and its child does not") {
  for (const std::uint32_t number : {0u, 1u, 32767u}) {
    const support::ended drawn = support::in_child(
        [&](int output) { support::become_launched("reports short positions", output, 'w', number, short_run_bits); });
    const std::string own = drawn.output.substr(0, drawn.output.find(' '));
    const std::string forked = drawn.output.substr(drawn.output.find(' ') + 1);
    CHECK(std::stoull(own) == (short_run_bits + number * short_block) % short_launched);
    CHECK(std::stoull(forked) >= short_launched);
  }
}

TEST_CASE("short positions that run out are an error that says so, never a repeat") {
  const support::ended drawn = support::in_child(
      [&](int output) { support::become_launched("uses short positions up", output, 'w', 3, short_run_bits); });
  CHECK(drawn.output.substr(0, 4) == "last");
  CHECK(support::contains(drawn.output, "used up the 4194304"));
  CHECK(support::contains(drawn.output, "use unique_name()"));
}

TEST_CASE("a process beyond the blocks of short names is an error that says so") {
  const support::ended drawn = support::in_child(
      [&](int output) { support::become_launched("uses short positions up", output, 'w', 32768, short_run_bits); });
  CHECK(support::contains(drawn.output, "process 32768 of the run"));
  CHECK(support::contains(drawn.output, "use unique_name()"));
}

TEST_CASE("reports short positions", "[.][self]") {
  const int output = support::output_of_self();
  if (output < 0) return;
  const std::string forked = support::in_child([](int to) { support::write_all(to, position_drawn()); }).output;
  support::write_all(output, position_drawn() + " " + forked);
  std::_Exit(0);
}

TEST_CASE("uses short positions up", "[.][self]") {
  const int output = support::output_of_self();
  if (output < 0) return;
  const std::string failure = support::error_of([&] {
    std::vector<std::uint64_t> drawn{unique_short_position()};
    for (std::uint64_t i = 1; i < short_block; ++i) drawn.push_back(unique_short_position());
    if (repeated(drawn) == 0) support::write_all(output, "last ");
    static_cast<void>(unique_short_position());
  });
  support::write_all(output, failure);
  std::_Exit(0);
}
#endif
