#pragma once

#include <cstddef>
#include <string_view>

#include <apart/name/byte_set.hpp>
#include <apart/name/detail/reserved_words.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char to_upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr bool starts_with(std::string_view text, std::string_view start) noexcept {
  return text.substr(0, start.size()) == start;
}

constexpr bool ends_with(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

constexpr bool consists_of(const byte_set& bytes, std::string_view text) noexcept {
  for (const char byte : text) {
    if (!bytes.contains(byte)) return false;
  }
  return true;
}

/// `word` is in small letters.
constexpr bool equal_ignoring_case(std::string_view text, std::string_view word) noexcept {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_lower(text[i]) != word[i]) return false;
  }
  return true;
}

/// Kubernetes, IsDNS1123Subdomain: what stands between two dots begins and ends with a letter or a digit.
constexpr bool has_bad_dns_label(std::string_view name) noexcept {
  constexpr byte_set inside = lower_letters | digits;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    if (dot == 0 || dot + 1 == name.size()) return true;
    if (!inside.contains(name[dot - 1]) || !inside.contains(name[dot + 1])) return true;
  }
  return false;
}

/// A reserved key word, or a name that CREATE SCHEMA, CREATE ROLE and CREATE TABLESPACE keep for the system.
constexpr bool is_reserved_by_postgresql(std::string_view name) noexcept {
  return postgresql_key_words.contains(name, equal_ignoring_case) || equal_ignoring_case(name.substr(0, 3), "pg_");
}

/// A reserved word, or digits alone.
constexpr bool is_reserved_by_mysql(std::string_view name) noexcept {
  return mysql_key_words.contains(name, equal_ignoring_case) || consists_of(digits, name);
}

constexpr bool is_c_key_word(std::string_view name) noexcept {
  return c_key_words.contains(name, [](std::string_view one, std::string_view other) { return one == other; });
}

/// Four numbers of up to three digits, joined by dots.
constexpr bool is_formatted_as_ip_address(std::string_view name) noexcept {
  for (int group = 1; group <= 4; ++group) {
    const std::string_view number = name.substr(0, name.find('.'));
    if (number.empty() || number.size() > 3 || !consists_of(digits, number)) return false;
    if (group == 4) return number.size() == name.size();
    if (number.size() == name.size()) return false;
    name.remove_prefix(number.size() + 1);
  }
  return false;
}

/// What the list of S3 refuses beyond bytes and lengths. The ending "-an" is for account regional namespaces.
constexpr bool is_refused_by_s3(std::string_view name) noexcept {
  for (const std::string_view start : {"xn--", "sthree-", "amzn-s3-demo-"}) {
    if (starts_with(name, start)) return true;
  }
  for (const std::string_view end : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"}) {
    if (ends_with(name, end)) return true;
  }
  return name.find("..") != std::string_view::npos || is_formatted_as_ip_address(name);
}

constexpr bool has_double_dash(std::string_view name) noexcept { return name.find("--") != std::string_view::npos; }

constexpr bool is_dot_or_dot_dot(std::string_view name) noexcept { return name == "." || name == ".."; }

/// In the shared memory of Linux, which is a directory.
constexpr bool is_dot_or_dot_dot_after_slash(std::string_view name) noexcept {
  return is_dot_or_dot_dot(name.substr(1));
}

/// RFC 3629: how many bytes the sequence takes with which `text` begins; 0 where it is not well-formed.
constexpr std::size_t utf8_size(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second > 0x9f;
  const bool beyond = lead == 0xf4 && second > 0x8f;
  return overlong || surrogate || beyond ? 0 : size;
}

constexpr bool is_refused_by_rabbitmq(std::string_view name) noexcept {
  if (starts_with(name, "amq.")) return true;
  while (!name.empty()) {
    const std::size_t size = utf8_size(name);
    if (size == 0) return true;
    name.remove_prefix(size);
  }
  return false;
}

/// Microsoft, "Naming Files, Paths, and Namespaces": the devices, in any case, also with an extension. The three raised
/// digits are given in UTF-8.
constexpr bool is_windows_device(std::string_view name) noexcept {
  const std::string_view base = name.substr(0, name.find('.'));
  for (const std::string_view device : {"con", "prn", "aux", "nul"}) {
    if (equal_ignoring_case(base, device)) return true;
  }
  if (!equal_ignoring_case(base.substr(0, 3), "com") && !equal_ignoring_case(base.substr(0, 3), "lpt")) return false;
  const std::string_view number = base.substr(3);
  return (number.size() == 1 && number[0] >= '1' && number[0] <= '9') || number == "\xc2\xb9" || number == "\xc2\xb2" ||
         number == "\xc2\xb3";
}

}  // namespace detail
APART_END_NAMESPACE
