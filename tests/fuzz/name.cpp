// Any prefix gives a valid name by every rule, and any rule gives a valid name or an error that says why not.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <apart/error.hpp>
#include <apart/name/name_rule.hpp>
#include <apart/name/short_unique_name.hpp>
#include <apart/name/unique_name.hpp>

#include "input.hpp"

namespace {

using apart::byte_set;
using apart::is_valid;
using apart::name_rule;
namespace rules = apart::rules;

constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";

const name_rule known_rules[] = {
    rules::dns_label,        rules::dns_subdomain, rules::dns_1035_label,  rules::postgresql,  rules::mysql,
    rules::redis_key,        rules::s3_bucket,     rules::azure_container, rules::kafka_topic, rules::rabbitmq_queue,
    rules::docker_container, rules::file_name,     rules::posix_shm,       rules::c_identifier};

byte_set drawn_bytes(input& from) {
  const byte_set range{from.byte(), from.byte()};
  const char one = static_cast<char>(from.byte());
  const byte_set drawn = range | byte_set(std::string_view(&one, 1));
  return from.byte() % 2 == 0 ? drawn : drawn | byte_set(alphabet);
}

name_rule drawn_rule(input& from) {
  name_rule rule{"drawn rule", drawn_bytes(from), drawn_bytes(from), drawn_bytes(from), from.byte(), from.byte()};
  rule.separator = static_cast<char>(from.byte());
  rule.letters = static_cast<apart::letter_case>(from.byte() % 3);
  rule.kept = drawn_bytes(from);
  // One that exists, so that what it forbids has to be met as well.
  rule.forbids = known_rules[from.byte() % std::size(known_rules)].forbids;
  return rule;
}

void check(const name_rule& rule, std::string_view prefix, const std::string& name, std::size_t unique_size) {
  const bool whole =
      name.size() >= unique_size && name.find_first_not_of(alphabet, name.size() - unique_size) == std::string::npos;
  if (whole && is_valid(rule, name)) return;
  std::fprintf(stderr, "%s: prefix of %zu bytes gave '%s'\n", rule.what, prefix.size(), name.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input from(data, size);
  const std::uint8_t kind = from.byte();
  if (kind < 200) {
    const name_rule& rule = known_rules[kind % std::size(known_rules)];
    check(rule, from.rest(), apart::unique_name(rule, from.rest()), 14);
    check(rule, from.rest(), apart::short_unique_name(rule, from.rest()), 8);
    return 0;
  }
  const name_rule rule = drawn_rule(from);
  try {
    check(rule, from.rest(), apart::unique_name(rule, from.rest()), 14);
  } catch (const apart::error&) {
  }
  return 0;
}
