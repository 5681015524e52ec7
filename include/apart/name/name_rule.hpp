#pragma once

#include <cstddef>
#include <string_view>

#include <apart/name/byte_set.hpp>
#include <apart/name/detail/forbidden.hpp>

APART_BEGIN_NAMESPACE

/// What becomes of the letters of a prefix.
enum class letter_case { keep, lower, upper };

/// What a service accepts as a name. A constexpr aggregate: for a service that is not below, write one.
///
///     constexpr apart::byte_set letters{'a', 'z'}, digits{'0', '9'};
///     constexpr apart::name_rule account{"account", letters, letters | digits | "_", letters | digits, 3, 24, '_'};
///
/// The first members are the service's published rule, byte by byte; `is_valid` checks them and nothing else. The
/// others say how `unique_name` makes a valid name out of any prefix.
struct name_rule {
  const char* what;        ///< the kind of name, for error messages
  byte_set start;          ///< allowed as the first byte,
  byte_set middle;         ///< between the first and the last,
  byte_set end;            ///< and as the last; a name of one byte must be allowed as both
  std::size_t min_length;  ///< in bytes
  std::size_t max_length;  ///< in bytes

  char separator = '-';                         ///< between prefix and unique part, and for what cannot be kept
  letter_case letters = letter_case::keep;      ///< of the prefix
  byte_set kept = detail::portable_name_bytes;  ///< what is taken over from a prefix, where `middle` allows it
  bool (*forbids)(std::string_view) noexcept = nullptr;  ///< part of the published rule: what else is refused
};

/// Whether the service accepts `text`: its published rule, exactly. Knows nothing of how names are made.
[[nodiscard]] constexpr bool is_valid(const name_rule& rule, std::string_view text) noexcept {
  if (text.empty()) return rule.min_length == 0;
  if (text.size() < rule.min_length || text.size() > rule.max_length) return false;
  if (!rule.start.contains(text.front()) || !rule.end.contains(text.back())) return false;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (!rule.middle.contains(text[i])) return false;
  }
  return rule.forbids == nullptr || !rule.forbids(text);
}

/// Rules of common services. Lengths are in bytes.
namespace rules {

/// Kubernetes, "Object Names and IDs", DNS label names (RFC 1123): small letters, digits, '-', not at either end; 63.
inline constexpr name_rule dns_label{"DNS label",
                                     detail::lower_letters | detail::digits,
                                     detail::lower_letters | detail::digits | "-",
                                     detail::lower_letters | detail::digits,
                                     1,
                                     63,
                                     '-',
                                     letter_case::lower};

/// Kubernetes, "Object Names and IDs", DNS subdomain names (RFC 1123), as IsDNS1123Subdomain checks them: labels
/// joined by dots, 253 in all. A label's own length is not limited there.
inline constexpr name_rule dns_subdomain{"DNS subdomain",
                                         detail::lower_letters | detail::digits,
                                         detail::lower_letters | detail::digits | "-.",
                                         detail::lower_letters | detail::digits,
                                         1,
                                         253,
                                         '-',
                                         letter_case::lower,
                                         detail::portable_name_bytes,
                                         detail::has_bad_dns_label};

/// Kubernetes, "Object Names and IDs", RFC 1035 label names: a DNS label that begins with a letter.
inline constexpr name_rule dns_1035_label{"DNS label of RFC 1035",
                                          detail::lower_letters,
                                          detail::lower_letters | detail::digits | "-",
                                          detail::lower_letters | detail::digits,
                                          1,
                                          63,
                                          '-',
                                          letter_case::lower};

/// PostgreSQL, section 4.1.1 "Identifiers and Key Words": a name that needs no quotes, for any kind of object. Letters
/// (bytes from 0x80 on count as such), '_', then also digits and '$'; 63 (NAMEDATALEN - 1), since longer ones are cut.
/// Unquoted names are folded to small letters, so those are what `unique_name` makes.
inline constexpr name_rule postgresql{"PostgreSQL identifier",
                                      detail::letters | "_" | byte_set{0x80, 0xff},
                                      detail::letters | detail::digits | "_$" | byte_set{0x80, 0xff},
                                      detail::letters | detail::digits | "_$" | byte_set{0x80, 0xff},
                                      1,
                                      63,
                                      '_',
                                      letter_case::lower,
                                      detail::portable_name_bytes,
                                      detail::is_reserved_by_postgresql};

/// MySQL, "Schema Object Names": a name of ASCII letters, digits, '$' and '_' that needs no quotes: no reserved word, not
/// digits alone; 64 characters. MySQL takes letters beyond ASCII too; this rule leaves them out, so that a byte is a
/// character. Where the server folds names, it folds them to small letters, so those are what `unique_name` makes.
inline constexpr name_rule mysql{"MySQL identifier",
                                 detail::letters | detail::digits | "_$",
                                 detail::letters | detail::digits | "_$",
                                 detail::letters | detail::digits | "_$",
                                 1,
                                 64,
                                 '_',
                                 letter_case::lower,
                                 detail::portable_name_bytes,
                                 detail::is_reserved_by_mysql};

/// Redis, "Keys and values": any bytes, the empty key too; 512 MB. "object-type:id" is the form that it recommends.
inline constexpr name_rule redis_key{
    "Redis key", detail::any_byte,  detail::any_byte, detail::any_byte, 0, std::size_t{512} * 1024 * 1024,
    ':',         letter_case::keep, detail::any_byte};

/// Amazon S3, "General purpose bucket naming rules", shared global namespace: small letters, digits, '.', '-', neither of
/// them at an end; 3 to 63; no "..", nothing formatted as an IP address, no reserved beginning ("xn--", …) and ending.
/// `unique_name` makes '-' of '.', as "Best practices" there has it.
inline constexpr name_rule s3_bucket{"S3 bucket",
                                     detail::lower_letters | detail::digits,
                                     detail::lower_letters | detail::digits | "-.",
                                     detail::lower_letters | detail::digits,
                                     3,
                                     63,
                                     '-',
                                     letter_case::lower,
                                     detail::portable_name_bytes - ".",
                                     detail::is_refused_by_s3};

/// Azure Storage, "Naming and Referencing Containers, Blobs, and Metadata": small letters, digits, and single '-' between
/// them; 3 to 63.
inline constexpr name_rule azure_container{"Azure container",
                                           detail::lower_letters | detail::digits,
                                           detail::lower_letters | detail::digits | "-",
                                           detail::lower_letters | detail::digits,
                                           3,
                                           63,
                                           '-',
                                           letter_case::lower,
                                           detail::portable_name_bytes,
                                           detail::has_double_dash};

/// Apache Kafka, org.apache.kafka.common.internals.Topic: ASCII letters, digits, '.', '_', '-'; not "." and ".."; 249.
inline constexpr name_rule kafka_topic{"Kafka topic",
                                       detail::letters | detail::digits | "._-",
                                       detail::letters | detail::digits | "._-",
                                       detail::letters | detail::digits | "._-",
                                       1,
                                       249,
                                       '-',
                                       letter_case::keep,
                                       detail::portable_name_bytes,
                                       detail::is_dot_or_dot_dot};

/// RabbitMQ, "Queues", Names: up to 255 bytes of UTF-8, not beginning with "amq.". The empty name is no name there: it
/// asks the broker for one.
inline constexpr name_rule rabbitmq_queue{"RabbitMQ queue",
                                          detail::any_byte,
                                          detail::any_byte,
                                          detail::any_byte,
                                          1,
                                          255,
                                          '-',
                                          letter_case::keep,
                                          detail::portable_name_bytes | ":/",
                                          detail::is_refused_by_rabbitmq};

/// Docker Engine, daemon/names: a letter or digit, then at least one of letters, digits, '_', '.', '-'. No greatest
/// length is given; as the name of a host in a network a name longer than 63 is not resolved.
inline constexpr name_rule docker_container{"Docker container",
                                            detail::letters | detail::digits,
                                            detail::letters | detail::digits | "_.-",
                                            detail::letters | detail::digits | "_.-",
                                            2,
                                            static_cast<std::size_t>(-1)};

/// A file name that POSIX (<limits.h>, NAME_MAX; XBD 3.170 "Filename") and Windows ("Naming Files, Paths, and
/// Namespaces") both accept: no '/' and NUL; no control bytes and <>:"\|?*; no space or dot at the end; no device.
inline constexpr name_rule file_name{"file name",
                                     detail::any_byte - byte_set{0x00, 0x1f} - "<>:\"/\\|?*",
                                     detail::any_byte - byte_set{0x00, 0x1f} - "<>:\"/\\|?*",
                                     detail::any_byte - byte_set{0x00, 0x1f} - "<>:\"/\\|?* .",
                                     1,
                                     255,
                                     '-',
                                     letter_case::keep,
                                     detail::portable_name_bytes,
                                     detail::is_windows_device};

/// POSIX, shm_open(), as Linux documents it (shm_overview(7)): '/', then at least one byte, none of them '/' or NUL;
/// 255 in all. The two names of a directory are refused. macOS takes 31: keep prefixes below 16 there.
inline constexpr name_rule posix_shm{"POSIX shared memory",
                                     "/",
                                     detail::any_byte - byte_set{0x00, 0x00} - "/",
                                     detail::any_byte - byte_set{0x00, 0x00} - "/",
                                     2,
                                     255,
                                     '-',
                                     letter_case::keep,
                                     detail::portable_name_bytes,
                                     detail::is_dot_or_dot_dot_after_slash};

/// ISO C, 6.4.2 "Identifiers": letters, '_', then also digits; no key word; 63, which 5.2.4.1 makes significant in every
/// internal identifier.
inline constexpr name_rule c_identifier{"C identifier",
                                        detail::letters | "_",
                                        detail::letters | detail::digits | "_",
                                        detail::letters | detail::digits | "_",
                                        1,
                                        63,
                                        '_',
                                        letter_case::keep,
                                        detail::portable_name_bytes,
                                        detail::is_c_key_word};

}  // namespace rules

APART_END_NAMESPACE
