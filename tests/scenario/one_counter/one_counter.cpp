#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <apart/name/detail/counter.hpp>
#include <apart/name/detail/short_counter.hpp>

#include <dlfcn.h>

#include "catch.hpp"
#include "scenario/one_counter/part.hpp"
#include "support/child.hpp"
#include "support/launched.hpp"
#include "support/unmix.hpp"

namespace {

using apart::detail::launched_block;
using apart::detail::random_half;

const std::vector<part_of_program> linked{part_of_cpp17(), part_of_cpp20(), part_of_another_version()};

bool any_repeats(std::vector<std::uint64_t> drawn) {
  std::sort(drawn.begin(), drawn.end());
  return std::adjacent_find(drawn.begin(), drawn.end()) != drawn.end();
}

part_of_program open_plug_in() {
  void* const library = ::dlopen(APART_PLUG_IN, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  return reinterpret_cast<open_part>(::dlsym(library, "part_of_plug_in"))();
}

/// What each part drew, as places of the space, each in a line.
std::string places_drawn() {
  std::string places;
  for (const part_of_program& part : linked) {
    places += std::to_string(support::unmix(part.drawn_at_load)) + "\n";
    places += std::to_string(support::unmix(part.draw())) + "\n";
  }
  return places + std::to_string(support::unmix(apart::detail::unique_bits())) + "\n";
}

}  // namespace

TEST_CASE("shared objects with hidden visibility, of other dialects and versions, count with the program's counters") {
  CHECK(linked[0].dialect == 201703L);
  CHECK(linked[1].dialect > 201703L);
  for (const part_of_program& part : linked) {
    CHECK(part.counter == &apart::shared::current_name_counter);
    CHECK(part.short_counter == &apart::shared::current_short_counter);
    CHECK(part.process_word == &apart::shared::process_word);
  }
}

TEST_CASE("parts that draw at the same time never draw the same") {
  constexpr std::size_t each = 200000;
  std::vector<std::uint64_t> drawn(4 * each);
  std::vector<std::uint64_t> drawn_short(4 * each);
  std::vector<std::thread> drawing;
  for (std::size_t part = 0; part < 4; ++part) {
    drawing.emplace_back([&, part] {
      for (std::size_t i = part * each; i < (part + 1) * each; ++i) {
        drawn[i] = part < 3 ? linked[part].draw() : apart::detail::unique_bits();
        drawn_short[i] = part < 3 ? linked[part].draw_short() : apart::detail::unique_short_position();
      }
    });
  }
  for (std::thread& thread : drawing) thread.join();
  CHECK(!any_repeats(drawn));
  CHECK(!any_repeats(drawn_short));
}

TEST_CASE("what parts draw in a forked child differs from what they draw in its parent, a newly opened one's too") {
  std::vector<std::uint64_t> drawn;
  for (const part_of_program& part : linked) drawn.push_back(part.draw());
  const support::ended said = support::in_child([](int output) {
    // The plug-in comes first: it has known no process but this one.
    const part_of_program plug_in = open_plug_in();
    std::string text = std::to_string(plug_in.drawn_at_load) + "\n" + std::to_string(plug_in.draw()) + "\n";
    for (const part_of_program& part : linked) text += std::to_string(part.draw()) + "\n";
    support::write_all(output, text);
  });
  REQUIRE(said.well());
  std::size_t lines = 0;
  for (std::size_t at = 0; at < said.output.size(); at = said.output.find('\n', at) + 1, ++lines) {
    drawn.push_back(std::strtoull(said.output.c_str() + at, nullptr, 10));
  }
  CHECK(lines == 5);
  const part_of_program plug_in = open_plug_in();
  drawn.push_back(plug_in.drawn_at_load);
  for (int i = 0; i < 3000; ++i) {
    drawn.push_back(plug_in.draw());
    for (const part_of_program& part : linked) drawn.push_back(part.draw());
  }
  CHECK(!any_repeats(drawn));
}

TEST_CASE("all parts of a process that the launcher numbered count in the block of its number") {
  constexpr std::uint64_t run_bits = 0x0123456789abcdef;
  const support::ended said = support::in_child(
      [](int output) { support::become_launched("reports the places of parts", output, 'w', 5, run_bits); });
  const std::uint64_t first = (run_bits + 5 * launched_block) & ~random_half;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < said.output.size(); at = said.output.find('\n', at) + 1, ++lines) {
    const std::uint64_t place = std::strtoull(said.output.c_str() + at, nullptr, 10);
    CHECK(place >= first);
    CHECK(place < first + 10000);
  }
  CHECK(lines == 7);
}

TEST_CASE("reports the places of parts", "[.][self]") {
  const int output = support::output_of_self();
  if (output < 0) return;
  support::write_all(output, places_drawn());
  std::_Exit(0);
}
