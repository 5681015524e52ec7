#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <apart/error.hpp>
#include <apart/name/detail/counter.hpp>
#include <apart/name/detail/spelling.hpp>
#include <apart/name/name_rule.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr byte_set spelled_bytes{std::string_view(name_alphabet, name_alphabet_size)};

/// What makes a rule unusable for names that end in a unique part.
enum class rule_flaw { none, lengths, no_room, no_start, alphabet, separator };

constexpr rule_flaw flaw_of(const name_rule& rule, std::size_t unique_size = spelled_size) noexcept {
  if (rule.min_length > rule.max_length) return rule_flaw::lengths;
  if (rule.max_length < unique_size + 2) return rule_flaw::no_room;
  if (rule.start == byte_set()) return rule_flaw::no_start;
  if (!rule.middle.contains(spelled_bytes) || !rule.end.contains(spelled_bytes)) return rule_flaw::alphabet;
  if (!rule.middle.contains(rule.separator)) return rule_flaw::separator;
  return rule_flaw::none;
}

constexpr const char* text_of(rule_flaw flaw) noexcept {
  switch (flaw) {
    case rule_flaw::lengths:
      return "its least length is above its greatest";
    case rule_flaw::no_room:
      return "its greatest length leaves no room for a prefix and the unique part";
    case rule_flaw::no_start:
      return "no byte may stand at the start";
    case rule_flaw::alphabet:
      return "it must allow bcdfghjklmnpqrstvwxz2456789 in the middle and at the end";
    case rule_flaw::separator:
      return "its separator may not stand in the middle";
    case rule_flaw::none:
      break;
  }
  return "it forbids every name that could be made";
}

/// Refuses a rule without sense where it is a constant.
template <rule_flaw Flaw>
constexpr void check_constant_rule() noexcept {
  static_assert(Flaw != rule_flaw::lengths, "the rule's least length is above its greatest");
  static_assert(Flaw != rule_flaw::no_room, "the rule leaves no room for a prefix and the unique part");
  static_assert(Flaw != rule_flaw::no_start, "the rule allows no byte at the start");
  static_assert(Flaw != rule_flaw::alphabet,
                "the rule must allow bcdfghjklmnpqrstvwxz2456789 in the middle and at the end");
  static_assert(Flaw != rule_flaw::separator, "the rule's separator may not stand in the middle");
}

constexpr char with_case(letter_case wanted, char c) noexcept {
  return wanted == letter_case::lower ? to_lower(c) : wanted == letter_case::upper ? to_upper(c) : c;
}

/// How many bytes a prefix may have.
constexpr std::size_t prefix_room(const name_rule& rule, std::size_t unique_size) noexcept {
  return rule.max_length - unique_size - 1;
}

/// The prefixes that need no change at all: bytes at the start, anywhere, and at the end, and lengths.
struct plain_prefixes {
  byte_set start;
  byte_set all;
  byte_set end;
  std::size_t min_length = 1;
  std::size_t max_length = 0;

  constexpr bool contain(std::string_view prefix) const noexcept {
    if (prefix.size() < min_length || prefix.size() > max_length) return false;
    if (!start.contains(prefix.front()) || !end.contains(prefix.back())) return false;
    for (const char byte : prefix) {
      if (!all.contains(byte)) return false;
    }
    return true;
  }
};

/// None where the whole name has to be looked at.
constexpr plain_prefixes plain_prefixes_of(const name_rule& rule) noexcept {
  plain_prefixes plain;
  if (flaw_of(rule) != rule_flaw::none || rule.forbids != nullptr) return plain;
  plain.all = rule.kept & rule.middle;
  if (rule.letters == letter_case::lower) plain.all = plain.all - (letters - lower_letters);
  if (rule.letters == letter_case::upper) plain.all = plain.all - lower_letters;
  plain.start = rule.start;
  plain.end = rule.end - byte_set(std::string_view(&rule.separator, 1));
  if (rule.min_length > spelled_size + 2) plain.min_length = rule.min_length - spelled_size - 1;
  plain.max_length = prefix_room(rule, spelled_size);
  return plain;
}

inline constexpr plain_prefixes plain_dns_labels = plain_prefixes_of(rules::dns_label);

/// `prefix`, the separator, and `value` in full: one allocation.
inline std::string join(std::string_view prefix, char separator, std::uint64_t value) {
  std::string name(prefix.size() + 1 + spelled_size, separator);
  prefix.copy(name.data(), prefix.size());
  spell(value, name.data() + prefix.size() + 1);
  return name;
}

/// The byte that goes before what may not stand at the start: a letter where one may.
constexpr char lead_of(const name_rule& rule) noexcept {
  if (rule.start.contains('x')) return 'x';
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (rule.start.contains(static_cast<char>(byte))) return static_cast<char>(byte);
  }
  return rule.separator;
}

/// `prefix` made fit to stand before the unique part: a separator in the place of every run of bytes that are not kept,
/// none at the start where it may not stand there, none at the end.
inline std::string fit_prefix(const name_rule& rule, std::string_view prefix, std::size_t unique_size) {
  std::string fitted;
  for (const char byte : prefix) {
    const char mapped = with_case(rule.letters, byte);
    const bool kept = rule.kept.contains(byte) && rule.middle.contains(mapped);
    const char next = kept ? mapped : rule.separator;
    if (!kept && !fitted.empty() && fitted.back() == rule.separator) continue;
    if (fitted.empty() && !rule.start.contains(next)) {
      if (next == rule.separator) continue;
      fitted += lead_of(rule);
    }
    if (fitted.size() == prefix_room(rule, unique_size)) break;
    fitted += next;
  }
  while (!fitted.empty() && (fitted.back() == rule.separator || !rule.end.contains(fitted.back()))) fitted.pop_back();
  if (fitted.empty() && !rule.start.contains(spelled_bytes)) fitted = lead_of(rule);
  return fitted;
}

/// `prefix` with every run of bytes other than letters and digits as one separator.
inline std::string plain_words(const name_rule& rule, std::string_view prefix) {
  std::string words;
  for (const char byte : prefix) {
    if ((letters | digits).contains(byte)) {
      words += byte;
    } else if (!words.empty() && words.back() != rule.separator) {
      words += rule.separator;
    }
  }
  return words;
}

inline std::string join_if_valid(const name_rule& rule, std::string_view prefix, std::string_view unique) {
  std::string name = fit_prefix(rule, prefix, unique.size());
  if (!name.empty()) name += rule.separator;
  name += unique;
  if (name.size() < rule.min_length) name.insert(0, rule.min_length - name.size(), lead_of(rule));
  if (!is_valid(rule, name)) name.clear();
  return name;
}

[[noreturn]] inline void raise_unusable(const name_rule& rule, rule_flaw flaw) {
  raise(error(std::string("names by the rule '") + rule.what + "': " + text_of(flaw) + "; correct the rule"));
}

/// A valid name out of any prefix, ending in `unique`. What the rule forbids beyond its bytes is met by giving up more
/// and more of the prefix's own look: first its runs of separators, then its beginning, then all of it.
inline std::string compose(const name_rule& rule, std::string_view prefix, std::string_view unique) {
  const rule_flaw flaw = flaw_of(rule, unique.size());
  if (flaw != rule_flaw::none) raise_unusable(rule, flaw);
  std::string name = join_if_valid(rule, prefix, unique);
  if (!name.empty()) return name;
  const std::string words = plain_words(rule, prefix);
  const std::string lead(1, lead_of(rule));
  for (const std::string& attempt : {words, lead + rule.separator + words, lead}) {
    name = join_if_valid(rule, attempt, unique);
    if (!name.empty()) return name;
  }
  raise_unusable(rule, rule_flaw::none);
}

inline std::string compose(const name_rule& rule, std::string_view prefix, std::uint64_t value) {
  char unique[spelled_size];
  spell(value, unique);
  return compose(rule, prefix, std::string_view(unique, spelled_size));
}

}  // namespace detail
APART_END_NAMESPACE
