#include <apart/run/payload_traits.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "catch.hpp"

using apart::payload_traits;

namespace {

template <class T>
T there_and_back(const T& value) {
  return payload_traits<T>::decode(payload_traits<T>::encode(value));
}

enum class colour : std::uint8_t { red, green = 200 };

}  // namespace

TEST_CASE("texts travel byte by byte") {
  CHECK(there_and_back(std::string()).empty());
  CHECK(there_and_back(std::string("\0\xff\n\0", 4)) == std::string("\0\xff\n\0", 4));
  const std::string large(16 * 1024 * 1024, '\xab');
  CHECK(there_and_back(large) == large);
}

TEST_CASE("numbers and enumerations keep their value") {
  CHECK(there_and_back(std::numeric_limits<std::int64_t>::min()) == std::numeric_limits<std::int64_t>::min());
  CHECK(there_and_back(std::uint16_t{8080}) == 8080);
  CHECK(there_and_back(0.1) == 0.1);
  CHECK(there_and_back(true));
  CHECK(there_and_back(colour::green) == colour::green);
}

TEST_CASE("arrays keep their elements, of any length each") {
  const std::array<std::string, 3> access{"127.0.0.1:8080", "", std::string("\0secret", 7)};
  CHECK(there_and_back(access) == access);
  const std::array<int, 4> numbers{1, -2, 3, -4};
  CHECK(there_and_back(numbers) == numbers);
  const std::array<std::array<std::string, 1>, 2> nested{{{"a"}, {"b"}}};
  CHECK(there_and_back(nested) == nested);
}

TEST_CASE("a payload of another size is an error") {
  CHECK_THROWS_AS(payload_traits<int>::decode("123"), apart::error);
  CHECK_THROWS_AS(payload_traits<int>::decode("12345"), apart::error);
}

TEST_CASE("an array that is cut short is an error, wherever it is cut") {
  using access = std::array<std::string, 2>;
  const std::string whole = payload_traits<access>::encode({"address", "password"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_THROWS_AS(payload_traits<access>::decode(whole.substr(0, length)), apart::error);
  }
}
