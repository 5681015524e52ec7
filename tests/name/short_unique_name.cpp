#include <apart/name/short_unique_name.hpp>

#include <string>
#include <type_traits>

#include "catch.hpp"
#include "support/error_of.hpp"

namespace {

using apart::short_unique_name;
namespace rules = apart::rules;

template <class Prefix, class = void>
struct takes_short : std::false_type {};
template <class Prefix>
struct takes_short<Prefix, std::void_t<decltype(short_unique_name(std::declval<Prefix>()))>> : std::true_type {};
static_assert(takes_short<const char*>::value && takes_short<std::string>::value &&
              !takes_short<std::nullptr_t>::value);

}  // namespace

TEST_CASE("a short name is its prefix, a separator and 8 characters of the alphabet") {
  const std::string name = short_unique_name("orders");
  CHECK(name.substr(0, 7) == "orders-");
  CHECK(name.size() == 7 + 8);
  CHECK(name.find_first_not_of("bcdfghjklmnpqrstvwxz2456789", 7) == std::string::npos);
  CHECK(short_unique_name().substr(0, 5) == "test-");
  CHECK(short_unique_name(rules::postgresql, "Orders").substr(0, 7) == "orders_");
  CHECK(short_unique_name("").size() == 8);
}

TEST_CASE("a long prefix of a short name is cut, never its 8 characters") {
  const std::string name = short_unique_name(std::string(300, 'a'));
  CHECK(name.size() == 63);
  CHECK(name.substr(0, 55) == std::string(54, 'a') + '-');
}

TEST_CASE("a short name fits where a long one does not") {
  apart::name_rule rule = rules::dns_label;
  rule.max_length = 10;
  CHECK(short_unique_name(rule, "orders").size() == 10);
  rule.max_length = 9;
  rule.what = "tiny";
  CHECK(support::contains(support::error_of([&] { static_cast<void>(short_unique_name(rule, "a")); }), "tiny"));
}
