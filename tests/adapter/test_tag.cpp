#include <apart/adapter/test_tag.hpp>

#include <string>
#include <vector>

#include "catch.hpp"

namespace {

const apart::test_tag alone("Migration.*", "serial");
const apart::test_tag few("*.Uses?Table", "group:table:2");

}  // namespace

TEST_CASE("a test has the tags of all patterns that its name matches") {
  using tags = std::vector<std::string>;
  CHECK(apart::test_tag::of("Other.Test") == tags{});
  CHECK(apart::test_tag::of("Migration.Test") == tags{"serial"});
  CHECK(apart::test_tag::of("Other.UsesATable") == tags{"group:table:2"});
  const tags both = apart::test_tag::of("Migration.UsesATable");
  CHECK(both.size() == 2);
  CHECK(apart::detail::is_serial(both));
  CHECK_FALSE(apart::detail::is_serial(apart::test_tag::of("Other.UsesATable")));
}

TEST_CASE("a pattern has stars and question marks") {
  using apart::detail::matches_glob;
  CHECK(matches_glob("", ""));
  CHECK(matches_glob("*", ""));
  CHECK(matches_glob("a*", "a"));
  CHECK(matches_glob("a*b*c", "a--b-c-c"));
  CHECK(matches_glob("?b", "ab"));
  CHECK_FALSE(matches_glob("", "a"));
  CHECK_FALSE(matches_glob("?", ""));
  CHECK_FALSE(matches_glob("a*b", "a-b-"));
  CHECK_FALSE(matches_glob("a", "ab"));
}
