#include <apart/name/byte_set.hpp>

#include "catch.hpp"

namespace {

using apart::byte_set;

constexpr byte_set vowels{"aeiou"};
static_assert(vowels.contains('a') && !vowels.contains('b'));
static_assert((vowels | "b").contains('b'));
static_assert(!(vowels - "a").contains('a'));
static_assert((vowels & "ab") == byte_set("a"));
static_assert(vowels.contains(byte_set("ou")) && !vowels.contains(byte_set("ox")));

}  // namespace

TEST_CASE("a set holds exactly the bytes that it was made of, NUL and those above 0x7f included") {
  const byte_set ends = byte_set{0x00, 0x00} | byte_set{0xfe, 0xff};
  int held = 0;
  for (int byte = 0; byte < 256; ++byte) held += ends.contains(static_cast<char>(byte)) ? 1 : 0;
  CHECK(held == 3);
  CHECK(ends.contains('\0'));
  CHECK(ends.contains('\xff'));
  CHECK(!byte_set("").contains('\0'));
}

TEST_CASE("a range includes both of its ends") {
  const byte_set digits{'0', '9'};
  CHECK(digits.contains('0'));
  CHECK(digits.contains('9'));
  CHECK(!digits.contains('/'));
  CHECK(!digits.contains(':'));
}
