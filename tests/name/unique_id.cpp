#include <apart/name/unique_id.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"

TEST_CASE("ids are distinct and never 0") {
  std::vector<std::uint64_t> ids(200000);
  for (std::uint64_t& id : ids) id = apart::unique_id();
  std::sort(ids.begin(), ids.end());
  CHECK(ids.front() != 0);
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("a uuid has the form of version 4") {
  for (int i = 0; i < 10000; ++i) {
    const std::string uuid = apart::unique_uuid();
    bool formed = uuid.size() == 36;
    for (std::size_t at = 0; formed && at < uuid.size(); ++at) {
      const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      formed = dash ? uuid[at] == '-' : std::string("0123456789abcdef").find(uuid[at]) != std::string::npos;
    }
    INFO(uuid);
    REQUIRE(formed);
    REQUIRE(uuid[14] == '4');
    REQUIRE(std::string("89ab").find(uuid[19]) != std::string::npos);
  }
}

TEST_CASE("uuids are distinct, and every bit that may vary does") {
  std::vector<std::string> uuids(100000);
  for (std::string& uuid : uuids) uuid = apart::unique_uuid();
  for (std::size_t at = 0; at < 36; ++at) {
    std::vector<char> seen;
    for (const std::string& uuid : uuids) {
      if (std::find(seen.begin(), seen.end(), uuid[at]) == seen.end()) seen.push_back(uuid[at]);
    }
    const bool fixed = at == 8 || at == 13 || at == 14 || at == 18 || at == 23;
    CHECK(seen.size() == (fixed ? 1 : at == 19 ? 4 : 16));
  }
  std::sort(uuids.begin(), uuids.end());
  CHECK(std::adjacent_find(uuids.begin(), uuids.end()) == uuids.end());
}

TEST_CASE("a random string has the length asked for and nothing but its alphabet") {
  for (const std::size_t length : {0u, 1u, 2u, 10u, 123u}) {
    const std::string text = apart::random_string(length);
    CHECK(text.size() == length);
    CHECK(text.find_first_not_of("bcdfghjklmnpqrstvwxz2456789") == std::string::npos);
  }
}

TEST_CASE("each character of a random string is equally likely") {
  constexpr std::size_t count = 270000;
  const std::string alphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::array<double, 27> drawn{};
  for (const char c : apart::random_string(count)) drawn[alphabet.find(c)] += 1;
  const double expected = static_cast<double>(count) / 27;
  double chi_square = 0;
  for (const double times : drawn) chi_square += (times - expected) * (times - expected) / expected;
  CHECK(chi_square < 80);  // 26 degrees of freedom: exceeded by chance once in five million runs
  CHECK(chi_square > 3);   // as evenly as a counter would be as unlikely
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a forked child draws entropy of its own") {
  REQUIRE(apart::random_string(20).size() == 20);  // leaves some in this thread's pool
  const support::ended child =
      support::in_child([](int output) { support::write_all(output, apart::random_string(20)); });
  CHECK(child.output.size() == 20);
  CHECK(child.output != apart::random_string(20));
}
#endif
