#include <apart/name/detail/spelling.hpp>

#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

const std::string digits = "bcdfghjklmnpqrstvwxz2456789";

std::string spelled(std::uint64_t value) {
  std::string text(14, '?');
  apart::detail::spell(value, text.data());
  return text;
}

/// The spelling with its characters replaced by their places in the alphabet: text that compares like numbers.
std::string places(std::uint64_t value) {
  std::string text = spelled(value);
  for (char& c : text) c = static_cast<char>(digits.find(c));
  return text;
}

}  // namespace

TEST_CASE("a value is spelled as 14 characters of the alphabet") {
  CHECK(spelled(0) == std::string(14, 'b'));
  CHECK(spelled(~std::uint64_t{0}).substr(0, 8) == "99999999");
  std::mt19937_64 random(1);
  for (int i = 0; i < 10000; ++i) REQUIRE(spelled(random()).find_first_not_of(digits) == std::string::npos);
}

TEST_CASE("a greater value has a greater spelling, so no two are spelled alike") {
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> values{0, ~std::uint64_t{0} - 1, 0xffffffff, 0x7fffffffffffffff};
  for (int i = 0; i < 100000; ++i) values.push_back(random() >> (random() % 64) >> 1);
  for (const std::uint64_t value : values) REQUIRE(places(value) < places(value + 1));
}
