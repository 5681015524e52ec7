#pragma once

#include <cstddef>
#include <string_view>

#include <apart/name/byte_set.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char to_upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr bool starts_with(std::string_view text, std::string_view start) noexcept {
  return text.substr(0, start.size()) == start;
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

/// PostgreSQL, appendix C: the key words that are reserved there, also those that "can be function or type".
inline constexpr std::string_view postgresql_key_words[] = {"all",
                                                            "analyse",
                                                            "analyze",
                                                            "and",
                                                            "any",
                                                            "array",
                                                            "as",
                                                            "asc",
                                                            "asymmetric",
                                                            "authorization",
                                                            "binary",
                                                            "both",
                                                            "case",
                                                            "cast",
                                                            "check",
                                                            "collate",
                                                            "collation",
                                                            "column",
                                                            "concurrently",
                                                            "constraint",
                                                            "create",
                                                            "cross",
                                                            "current_catalog",
                                                            "current_date",
                                                            "current_role",
                                                            "current_schema",
                                                            "current_time",
                                                            "current_timestamp",
                                                            "current_user",
                                                            "default",
                                                            "deferrable",
                                                            "desc",
                                                            "distinct",
                                                            "do",
                                                            "else",
                                                            "end",
                                                            "except",
                                                            "false",
                                                            "fetch",
                                                            "for",
                                                            "foreign",
                                                            "freeze",
                                                            "from",
                                                            "full",
                                                            "grant",
                                                            "group",
                                                            "having",
                                                            "ilike",
                                                            "in",
                                                            "initially",
                                                            "inner",
                                                            "intersect",
                                                            "into",
                                                            "is",
                                                            "isnull",
                                                            "join",
                                                            "lateral",
                                                            "leading",
                                                            "left",
                                                            "like",
                                                            "limit",
                                                            "localtime",
                                                            "localtimestamp",
                                                            "natural",
                                                            "not",
                                                            "notnull",
                                                            "null",
                                                            "offset",
                                                            "on",
                                                            "only",
                                                            "or",
                                                            "order",
                                                            "outer",
                                                            "overlaps",
                                                            "placing",
                                                            "primary",
                                                            "references",
                                                            "returning",
                                                            "right",
                                                            "select",
                                                            "session_user",
                                                            "similar",
                                                            "some",
                                                            "symmetric",
                                                            "system_user",
                                                            "table",
                                                            "tablesample",
                                                            "then",
                                                            "to",
                                                            "trailing",
                                                            "true",
                                                            "union",
                                                            "unique",
                                                            "user",
                                                            "using",
                                                            "variadic",
                                                            "verbose",
                                                            "when",
                                                            "where",
                                                            "window",
                                                            "with"};

/// A reserved key word, or a name that CREATE SCHEMA, CREATE ROLE and CREATE TABLESPACE keep for the system.
constexpr bool is_reserved_by_postgresql(std::string_view name) noexcept {
  for (const std::string_view word : postgresql_key_words) {
    if (equal_ignoring_case(name, word)) return true;
  }
  return equal_ignoring_case(name.substr(0, 3), "pg_");
}

/// ISO C23, 6.4.1, and the older spellings that it keeps.
inline constexpr std::string_view c_key_words[] = {"alignas",
                                                   "alignof",
                                                   "auto",
                                                   "bool",
                                                   "break",
                                                   "case",
                                                   "char",
                                                   "const",
                                                   "constexpr",
                                                   "continue",
                                                   "default",
                                                   "do",
                                                   "double",
                                                   "else",
                                                   "enum",
                                                   "extern",
                                                   "false",
                                                   "float",
                                                   "for",
                                                   "goto",
                                                   "if",
                                                   "inline",
                                                   "int",
                                                   "long",
                                                   "nullptr",
                                                   "register",
                                                   "restrict",
                                                   "return",
                                                   "short",
                                                   "signed",
                                                   "sizeof",
                                                   "static",
                                                   "static_assert",
                                                   "struct",
                                                   "switch",
                                                   "thread_local",
                                                   "true",
                                                   "typedef",
                                                   "typeof",
                                                   "typeof_unqual",
                                                   "union",
                                                   "unsigned",
                                                   "void",
                                                   "volatile",
                                                   "while",
                                                   "_Alignas",
                                                   "_Alignof",
                                                   "_Atomic",
                                                   "_BitInt",
                                                   "_Bool",
                                                   "_Complex",
                                                   "_Decimal128",
                                                   "_Decimal32",
                                                   "_Decimal64",
                                                   "_Generic",
                                                   "_Imaginary",
                                                   "_Noreturn",
                                                   "_Static_assert",
                                                   "_Thread_local"};

constexpr bool is_c_key_word(std::string_view name) noexcept {
  for (const std::string_view word : c_key_words) {
    if (name == word) return true;
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
