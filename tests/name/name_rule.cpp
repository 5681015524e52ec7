#include <apart/name/name_rule.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "catch.hpp"

namespace {

using apart::byte_set;
using apart::is_valid;
using apart::name_rule;
namespace rules = apart::rules;

static_assert(std::is_aggregate_v<name_rule>);
static_assert(noexcept(is_valid(rules::dns_label, std::string_view())));
static_assert(is_valid(rules::dns_label, "a") && !is_valid(rules::dns_label, "A"));

struct expectation {
  const name_rule& rule;
  std::vector<std::string> accepted;
  std::vector<std::string> refused;
};

std::string times(std::size_t count, char byte = 'a') { return std::string(count, byte); }

const std::vector<expectation> expectations{
    {rules::dns_label,
     {"a", "0", "a-b", "a--b", "0a0", times(63)},
     {"", "-", "a-", "-a", "A", "a_b", "a.b", "a b", times(64), "\xc3\xa4", std::string("a\0b", 3)}},
    {rules::dns_subdomain,
     {"a", "0", "a.b", "a-b.c-d.0", times(253), times(100) + ".a"},
     {"", ".", "a.", ".a", "a..b", "a.-b", "a-.b", "-a", "a-", "A.b", "a_b", times(254)}},
    {rules::dns_1035_label, {"a", "a0", "a-0", times(63)}, {"", "0", "0a", "-a", "a-", "A", "a.b", times(64)}},
    {rules::postgresql,
     {"a", "_", "_a", "a$", "a0", "Orders", "\xc3\xa4", "selects", "xpg_", times(63)},
     {"", "0a", "$a", "a-b", "a b", "a.b", "a\"b", "select", "SELECT", "all", "with", "Current_Timestamp", "pg_temp",
      "PG_x", times(64)}},
    {rules::mysql,
     {"a", "A", "_", "$", "1a", "1_", "0x_", "orders2", "rows_", "_filenames", times(64)},
     {"", "1", "2026", "a-b", "a b", "a.b", "`a`", "select", "SELECT", "rank", "Groups", "_filename", "zerofill",
      "master_ssl_verify_server_cert", "\xc3\xa4", times(65)}},
    {rules::s3_bucket,
     {"abc", "0-0", "a.b", "a-.b", "1.2.3", "1.2.3.4.5", "1.2.3.a", "1234.1.1.1", "xn-a", "a--b", times(63)},
     {"",          "ab",          "Abc",
      "a_b",       ".ab",         "ab.",
      "-ab",       "ab-",         "a..b",
      "1.2.3.4",   "192.168.5.4", "999.1.1.1",
      "xn--a",     "sthree-a",    "amzn-s3-demo-a",
      "a-s3alias", "a--ol-s3",    "ab.mrap",
      "a--x-s3",   "a--table-s3", "a-1-us-west-2-an",
      times(64)}},
    {rules::azure_container,
     {"abc", "000", "a-b", "a-b-c", times(63)},
     {"", "ab", "-ab", "ab-", "a--b", "Abc", "a_b", "a.b", times(64)}},
    {rules::kafka_topic,
     {"a", "-", "_", "...", "a.b_c-D0", "__consumer_offsets", times(249)},
     {"", ".", "..", "a b", "a/b", "a:b", "\xc3\xa4", times(250)}},
    {rules::rabbitmq_queue,
     {"a", "a b", "amq", "AMQ.a", "/", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x90\x87", "\xed\x9f\xbf",
      "\xf4\x8f\xbf\xbf", times(255)},
     {"", "amq.", "amq.direct", "\xff", "\xc3", "\xa4", "a\xc3", "\xc3(", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80",
      "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", times(256)}},
    {rules::docker_container,
     {"aa", "A0", "0.", "a_", "a-", "a.b", times(1000)},
     {"", "a", "_a", ".a", "-a", "a b", "a/b", "a:b", "\xc3\xa4"}},
    {rules::posix_shm,
     {"/a", "/a b", "/...", "/.a", "/\n", "/\xff", "/" + times(254)},
     {"", "/", "a", "//", "/a/", "/a/b", "/.", "/..", std::string("/a\0", 3), "/" + times(255)}},
    {rules::redis_key, {"", "a", "user:1", "\r\n", std::string("\0", 1), "\xff", times(100000)}, {}},
    {rules::file_name,
     {"a", "a b", ".a", "a.b", "-", "\xc3\xa4", "con-", "console", "com0", "com10", "con_.txt", times(255)},
     {"",
      ".",
      "..",
      "a.",
      "a ",
      "a/b",
      "a\\b",
      "a:b",
      "a*",
      "a?",
      "a|b",
      "<",
      ">",
      "\"",
      "a\n",
      std::string("a\0b", 3),
      "con",
      "CON",
      "Nul.txt",
      "nul.tar.gz",
      "aux",
      "prn",
      "com1",
      "LPT9.x",
      "com\xc2\xb9",
      times(256)}},
    {rules::c_identifier,
     {"a", "_", "_a0", "A", "Int", times(63)},
     {"", "0a", "a-b", "a$", "a b", "int", "_Bool", "alignas", "_Static_assert", "_Thread_local", "\xc3\xa4",
      times(64)}},
};

constexpr bool is_x(std::string_view text) noexcept { return text == "x"; }

}  // namespace

TEST_CASE("a name is valid exactly when the published rule says so") {
  for (const expectation& expected : expectations) {
    for (const std::string& name : expected.accepted) {
      INFO(expected.rule.what << ": '" << name << "' is accepted");
      CHECK(is_valid(expected.rule, name));
    }
    for (const std::string& name : expected.refused) {
      INFO(expected.rule.what << ": '" << name << "' is refused");
      CHECK(!is_valid(expected.rule, name));
    }
  }
}

TEST_CASE("anyone can write a rule as a constant") {
  constexpr byte_set letters{'a', 'z'};
  constexpr name_rule account{"account", letters, letters | "_", letters, 3, 24, '_', apart::letter_case::lower,
                              letters,   is_x};
  static_assert(is_valid(account, "a_b") && !is_valid(account, "ab") && !is_valid(account, "_ab"));
  constexpr name_rule short_one{"short", letters, letters, letters, 1, 1, 'a', apart::letter_case::keep, letters, is_x};
  static_assert(is_valid(short_one, "a") && !is_valid(short_one, "x"));
  CHECK(is_valid(account, std::string(24, 'a')));
  CHECK(!is_valid(account, std::string(25, 'a')));
}

TEST_CASE("a name of one byte must be allowed at both ends") {
  constexpr byte_set letters{'a', 'z'};
  constexpr name_rule led{"led", "/", letters, letters, 1, 10};
  CHECK(is_valid(led, "/a"));
  CHECK(!is_valid(led, "/"));
  CHECK(!is_valid(led, "a"));
}
