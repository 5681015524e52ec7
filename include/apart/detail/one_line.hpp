#pragma once

#include <cstdio>
#include <string>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The text with its control characters spelled, for a message of one line: \n, \r, \t, else \x1b.
inline std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line += c;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      line += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else {
      char spelled[8];
      std::snprintf(spelled, sizeof spelled, "\\x%02x", static_cast<unsigned>(byte));
      line += spelled;
    }
  }
  return line;
}

}  // namespace detail
APART_END_NAMESPACE
