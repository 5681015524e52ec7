#include <apart/name/unique_name.hpp>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "support/error_of.hpp"

#if !defined(_WIN32)
#include <apart/file/temp_dir.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace {

using apart::create_unique;
using apart::is_valid;
using apart::name_rule;
using apart::unique_name;
using support::contains;
using support::error_of;
namespace rules = apart::rules;

const std::string alphabet = "bcdfghjklmnpqrstvwxz2456789";

const name_rule* const all_rules[] = {
    &rules::dns_label,   &rules::dns_subdomain,  &rules::dns_1035_label,   &rules::postgresql,
    &rules::mysql,       &rules::redis_key,      &rules::s3_bucket,        &rules::azure_container,
    &rules::kafka_topic, &rules::rabbitmq_queue, &rules::docker_container, &rules::file_name,
    &rules::posix_shm,   &rules::c_identifier};

std::string unique_part(const std::string& name) { return name.substr(name.size() - 14); }

bool ends_in_a_unique_part(const std::string& name) {
  return name.size() >= 14 && unique_part(name).find_first_not_of(alphabet) == std::string::npos;
}

template <class Prefix, class = void>
struct takes : std::false_type {};
template <class Prefix>
struct takes<Prefix, std::void_t<decltype(unique_name(std::declval<Prefix>()))>> : std::true_type {};
template <class Prefix, class = void>
struct takes_with_rule : std::false_type {};
template <class Prefix>
struct takes_with_rule<Prefix, std::void_t<decltype(unique_name(rules::dns_label, std::declval<Prefix>()))>>
    : std::true_type {};

static_assert(takes<const char*>::value && takes<std::string>::value && takes<std::string_view>::value);
static_assert(takes_with_rule<const char*>::value);
static_assert(!takes<std::nullptr_t>::value && !takes_with_rule<std::nullptr_t>::value);

bool never(std::string_view) noexcept { return true; }

}  // namespace

TEST_CASE("a name is its prefix, a separator and 14 characters of the alphabet") {
  const std::string name = unique_name("orders");
  CHECK(name.substr(0, 7) == "orders-");
  CHECK(name.size() == 7 + 14);
  CHECK(ends_in_a_unique_part(name));
  CHECK(unique_name().substr(0, 5) == "test-");
  CHECK(unique_name(rules::postgresql, "Orders").substr(0, 7) == "orders_");
  CHECK(unique_name(rules::redis_key, "user:1").substr(0, 7) == "user:1:");
  CHECK(unique_name("").size() == 14);
}

TEST_CASE("a name is made in its full length at once: one allocation") {
  const std::string name = unique_name("orders");
  CHECK(name.capacity() == std::string(name.size(), 'x').capacity());
}

TEST_CASE("any prefix gives a valid name, whole in its unique part, for every rule") {
  std::vector<std::string> prefixes{"",
                                    "-",
                                    ".",
                                    "..",
                                    "-a",
                                    "a-",
                                    "a.",
                                    ".a",
                                    "A",
                                    "orders_Of May",
                                    "a..b.-c-.d",
                                    "1",
                                    "0x",
                                    "con",
                                    "con.txt",
                                    "NUL.",
                                    "pg_",
                                    "pg_catalog",
                                    "PG__x",
                                    "select",
                                    "int",
                                    "xn--",
                                    "192.168.0.1",
                                    "\xc3\xa4\xc3\xb6\xc3\xbc",
                                    "a/b\\c:d*e?f",
                                    "/",
                                    "a\nb",
                                    std::string("a\0b", 3),
                                    std::string(1, '\0'),
                                    "\xff\xfe",
                                    "a*[]",
                                    "$",
                                    "_",
                                    "__"};
  for (const std::size_t length : {47u, 48u, 49u, 62u, 63u, 64u, 237u, 238u, 239u, 240u, 253u, 255u, 300u, 5000u}) {
    for (const char octet : {'a', 'A', '-', '.', '_', '1', '\xc3'}) prefixes.emplace_back(length, octet);
    prefixes.push_back("a" + std::string(length - 1, '.') + "b");
    prefixes.push_back("pg_" + std::string(length, '9'));
  }
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string prefix(random() % 80, '\0');
    for (char& octet : prefix) octet = static_cast<char>(random() % 256);
    prefixes.push_back(prefix);
    for (char& octet : prefix) octet = "ab-._09A$:"[random() % 10];
    prefixes.push_back(prefix);
  }
  for (const name_rule* rule : all_rules) {
    for (const std::string& prefix : prefixes) {
      const std::string name = unique_name(*rule, prefix);
      INFO(rule->what << ": '" << prefix << "' gave '" << name << "'");
      REQUIRE(is_valid(*rule, name));
      REQUIRE(ends_in_a_unique_part(name));
    }
  }
}

#if !defined(_WIN32)
TEST_CASE("the system accepts the names that are made for it, whatever the prefix") {
  const apart::temp_dir place;
  for (const std::string& prefix : {std::string("a/b"), std::string(".."), std::string(300, 'a'),
                                    std::string("a\0b", 3), std::string(), std::string("\n"), std::string("\xff")}) {
    const std::string shared = unique_name(rules::posix_shm, prefix);
    const int memory = ::shm_open(shared.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
    INFO(shared);
    CHECK(memory >= 0);
    ::close(memory);
    CHECK(::shm_unlink(shared.c_str()) == 0);
    CHECK(std::ofstream(place.path() / unique_name(rules::file_name, prefix)).good());
  }
}
#endif

TEST_CASE("as much of a prefix is kept as fits: the prefix is cut, never the unique part") {
  for (const name_rule* rule : {&rules::dns_label, &rules::postgresql, &rules::file_name, &rules::c_identifier}) {
    const std::size_t room = rule->max_length - 15;
    for (const std::size_t length : {room - 1, room, room + 1, std::size_t{300}}) {
      const std::string name = unique_name(*rule, std::string(length, 'a'));
      INFO(rule->what << ", " << length);
      CHECK(name.size() == std::min(length, room) + 15);
      CHECK(name.substr(0, name.size() - 14) == std::string(std::min(length, room), 'a') + rule->separator);
    }
  }
}

TEST_CASE("what a rule does not allow in a prefix becomes one separator, and a letter leads what may not lead") {
  const auto prefix_of = [](const name_rule& rule, std::string_view prefix) {
    const std::string name = unique_name(rule, prefix);
    return name.substr(0, name.size() - 14);
  };
  CHECK(prefix_of(rules::dns_label, "My Test_Case/1") == "my-test-case-1-");
  CHECK(prefix_of(rules::dns_label, "a.") == "a-");
  CHECK(prefix_of(rules::dns_label, "--a--b--") == "a--b-");
  CHECK(prefix_of(rules::dns_subdomain, "a.b") == "a.b-");
  CHECK(prefix_of(rules::dns_subdomain, "a..b") == "a-b-");
  CHECK(prefix_of(rules::dns_1035_label, "1a") == "x1a-");
  CHECK(prefix_of(rules::dns_1035_label, "") == "x-");
  CHECK(prefix_of(rules::postgresql, "pg_orders") == "x_pg_orders_");
  CHECK(prefix_of(rules::file_name, "con.txt") == "con-txt-");
  CHECK(prefix_of(rules::file_name, "a*[b]") == "a-b-");
  CHECK(prefix_of(rules::redis_key, "a\nb:") == "a\nb:");
  CHECK(prefix_of(rules::c_identifier, "Orders::get()") == "Orders_get_");
  CHECK(prefix_of(rules::mysql, "Orders") == "orders_");
  CHECK(prefix_of(rules::s3_bucket, "xn--a") == "xn-a-");
  CHECK(prefix_of(rules::s3_bucket, "sthree-a") == "x-sthree-a-");
  CHECK(prefix_of(rules::s3_bucket, "a.b") == "a-b-");
  CHECK(prefix_of(rules::azure_container, "a--b-") == "a-b-");
  CHECK(prefix_of(rules::kafka_topic, "..") == "..-");
  CHECK(prefix_of(rules::rabbitmq_queue, "amq.direct") == "amq-direct-");
  CHECK(prefix_of(rules::docker_container, "_a") == "x_a-");
  CHECK(prefix_of(rules::posix_shm, "/a/b") == "/a-b-");
}

TEST_CASE("a rule that leaves no room for a name is an error that says why") {
  const auto failure_of = [](const name_rule& bad) {
    const std::string failure = error_of([&] { static_cast<void>(unique_name(bad, "Orders")); });
    CHECK(failure == error_of([&] { static_cast<void>(unique_name(bad, "orders")); }));
    return failure;
  };
  name_rule rule = rules::dns_label;
  rule.what = "tiny";
  rule.max_length = 15;
  CHECK(contains(failure_of(rule), "tiny"));
  CHECK(contains(failure_of(rule), "no room"));
  rule = rules::dns_label;
  rule.middle = "abc";
  CHECK(contains(failure_of(rule), "must allow bcdfghjklmnpqrstvwxz2456789"));
  rule = rules::dns_label;
  rule.start = {};
  CHECK(contains(failure_of(rule), "at the start"));
  rule = rules::dns_label;
  rule.separator = '!';
  CHECK(contains(failure_of(rule), "separator"));
  rule = rules::dns_label;
  rule.forbids = never;
  CHECK(contains(failure_of(rule), "forbids every name"));
}

TEST_CASE("a rule that is a constant can be given as one") {
  static constexpr name_rule own{"own", "x", rules::dns_label.middle, rules::dns_label.end, 1, 20};
  CHECK(unique_name<own>("1").substr(0, 3) == "x1-");
  CHECK(unique_name<rules::postgresql>("Orders").substr(0, 7) == "orders_");
  CHECK(is_valid(rules::dns_label, unique_name<rules::dns_label>()));
}

TEST_CASE("a rule need not limit the length") {
  name_rule rule = rules::dns_label;
  rule.max_length = static_cast<std::size_t>(-1);
  CHECK(unique_name(rule, std::string(1000, 'A')).size() == 1015);
}

TEST_CASE("a rule's least length is met") {
  name_rule rule = rules::dns_label;
  rule.min_length = 30;
  CHECK(unique_name(rule, "A").size() == 30);
  CHECK(unique_name(rule, "a").size() == 30);
  CHECK(unique_name(rule, "").size() == 30);
}

TEST_CASE("create_unique tries other names while they exist already, eight in all") {
  std::set<std::string> tried;
  const std::string made = create_unique(rules::dns_label, "logs", [&](const std::string& name) {
    tried.insert(name);
    return tried.size() == 8;
  });
  CHECK(tried.size() == 8);
  CHECK(tried.count(made) == 1);
}

TEST_CASE("create_unique names the attempts when all names existed") {
  int calls = 0;
  const std::string failure = error_of([&] {
    create_unique(rules::dns_label, "logs", [&](const std::string&) {
      ++calls;
      return false;
    });
  });
  CHECK(contains(failure, "logs-"));
  CHECK(contains(failure, "8 in all"));
  CHECK(calls == 8);
}

TEST_CASE("create_unique lets any other failure through at once") {
  int calls = 0;
  CHECK_THROWS_AS(create_unique(rules::dns_label, "logs",
                                [&](const std::string&) -> bool {
                                  ++calls;
                                  throw std::out_of_range("no quota");
                                }),
                  std::out_of_range);
  CHECK(calls == 1);
}
