#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The beginning of a text, as far as it is one character of UTF-8, or as far as it could have become one.
struct utf8_beginning {
  std::size_t size = 0;  ///< at least 1
  bool is_character = false;
};

/// `text`: not empty.
inline utf8_beginning first_of_utf8(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return {1, true};
  if (first < 0xc2 || first > 0xf4) return {1, false};
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // No longer form than needed, no surrogate, nothing beyond U+10FFFF: all that decides is the second byte.
  unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned greatest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  for (std::size_t at = 1; at < size; ++at) {
    if (byte(at) < least || byte(at) > greatest) return {at, false};
    least = 0x80;
    greatest = 0xbf;
  }
  return {size, true};
}

/// Appends `text`, of any bytes, as a JSON string of valid UTF-8 that may stand in a script element of HTML: it has no
/// '<', no control character, and no line separator of JavaScript. What is no UTF-8 becomes U+FFFD, as often as in
/// browsers.
inline void append_json_text(std::string& json, std::string_view text) {
  json += '"';
  while (!text.empty()) {
    const auto [size, is_character] = first_of_utf8(text);
    const std::string_view character = text.substr(0, size);
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(size);
    if (!is_character) {
      json += "\xef\xbf\xbd";
    } else if (byte == '"' || byte == '\\') {
      json += '\\';
      json += character;
    } else if (byte == '\n') {
      json += "\\n";
    } else if (byte < 0x20 || byte == 0x7f || byte == '<') {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else if (character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9") {
      json += character.back() == '\xa8' ? "\\u2028" : "\\u2029";
    } else {
      json += character;
    }
  }
  json += '"';
}

}  // namespace detail
APART_END_NAMESPACE
