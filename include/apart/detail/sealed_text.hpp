#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <apart/detail/file_name.hpp>
#include <apart/detail/stable_hash.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What one process writes as a whole, and another one reads, maybe of another version of the library, or after a crash of
/// the machine: a line that says what it is, how long, and what it sums up to, then the bytes.
///
///     apart set-up 1 412 8c0k3fdm29xa
///
/// `kind`: with the version of what the bytes mean ("set-up 1").
inline std::string seal_of(std::string_view kind, std::string_view bytes) {
  std::string seal = "apart ";
  seal.append(kind).append(" ").append(std::to_string(bytes.size())).append(" ");
  return seal.append(base32(stable_hash(bytes), 12)).append("\n");
}

inline std::string sealed_text(std::string_view kind, std::string_view bytes) {
  return seal_of(kind, bytes).append(bytes);
}

/// The bytes; nothing where `text` is not what `sealed_text` made of that kind, as a whole.
inline std::optional<std::string_view> unsealed_text(std::string_view kind, std::string_view text) {
  const std::size_t seal = text.find('\n') + 1;  // 0: there is none
  const std::string_view bytes = text.substr(seal);
  if (seal == 0 || text.substr(0, seal) != seal_of(kind, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace detail
APART_END_NAMESPACE
