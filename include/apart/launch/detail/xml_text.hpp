#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What UTF-8 has at the beginning of some bytes.
struct utf8_part {
  std::size_t length;
  bool is_character;  ///< else it is the longest part that could have begun one, or a byte that begins none
};

inline utf8_part utf8_at(std::string_view bytes) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xc2 || lead > 0xf4) return {1, false};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  unsigned char lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  unsigned char highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  for (std::size_t at = 1; at < length; ++at) {
    if (at == bytes.size() || byte(at) < lowest || byte(at) > highest) return {at, false};
    lowest = 0x80;
    highest = 0xbf;
  }
  return {length, true};
}

/// The length of the terminal's control sequence that begins there, such as that of a colour; 0: none does.
inline std::size_t control_sequence_at(std::string_view bytes) noexcept {
  if (bytes.substr(0, 2) != "\x1b[") return 0;
  std::size_t at = 2;
  while (at < bytes.size() && bytes[at] >= 0x30 && bytes[at] <= 0x3f) ++at;
  while (at < bytes.size() && bytes[at] >= 0x20 && bytes[at] <= 0x2f) ++at;
  return at < bytes.size() && bytes[at] >= 0x40 && bytes[at] <= 0x7e ? at + 1 : 0;
}

enum class xml_place : unsigned char { text, attribute };

/// Appends any bytes as XML 1.0 in UTF-8 that reads as the same again, but for this: what XML cannot hold (control
/// characters, U+FFFE, U+FFFF, bytes that are no UTF-8) reads as U+FFFD, and control sequences of terminals are left
/// out.
inline void append_xml(std::string& xml, std::string_view bytes, xml_place place) {
  const bool quoted = place == xml_place::attribute;
  while (!bytes.empty()) {
    std::size_t taken = 1;
    switch (const char c = bytes.front()) {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += quoted ? "&quot;" : "\"";
        break;
      case '\r':
        xml += "&#13;";
        break;
      case '\n':
        xml += quoted ? "&#10;" : "\n";
        break;
      case '\t':
        xml += quoted ? "&#9;" : "\t";
        break;
      default: {
        if (const std::size_t sequence = control_sequence_at(bytes)) {
          taken = sequence;
          break;
        }
        const utf8_part part = utf8_at(bytes);
        const std::string_view found = bytes.substr(0, part.length);
        const bool is_control = static_cast<unsigned char>(c) < 0x20;
        const bool fits = part.is_character && !is_control && found != "\xef\xbf\xbe" && found != "\xef\xbf\xbf";
        xml += fits ? found : "\xef\xbf\xbd";
        taken = part.length;
      }
    }
    bytes.remove_prefix(taken);
  }
}

/// Writes an XML document, indented by its elements; texts and values are any bytes, see `append_xml`.
class xml_writer {
 public:
  using attributes = std::initializer_list<std::pair<const char*, std::string_view>>;

  /// An element of elements, up to its `end`.
  void begin(const char* name, attributes values) {
    open(name, values);
    xml_ += ">\n";
    open_.push_back(name);
  }
  void end() {
    const char* const name = open_.back();
    open_.pop_back();
    xml_.append(2 * open_.size(), ' ').append("</").append(name).append(">\n");
  }

  /// An element that has a text, or nothing.
  void element(const char* name, attributes values, std::string_view text) {
    open(name, values);
    if (text.empty()) {
      xml_ += "/>\n";
      return;
    }
    xml_ += '>';
    append_xml(xml_, text, xml_place::text);
    xml_.append("</").append(name).append(">\n");
  }

  /// The document, once each element has been ended.
  std::string take() { return std::move(xml_); }

 private:
  void open(const char* name, attributes values) {
    xml_.append(2 * open_.size(), ' ').append("<").append(name);
    for (const auto& [key, value] : values) {
      xml_.append(" ").append(key).append("=\"");
      append_xml(xml_, value, xml_place::attribute);
      xml_ += '"';
    }
  }

  std::string xml_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::vector<const char*> open_;
};

}  // namespace detail
APART_END_NAMESPACE
