#include "fields.hpp"

#include "error.hpp"

namespace signals {
namespace {

void append_escaped(std::string& text, std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\\') {
      text += "\\\\";
    } else if (c == '=') {
      text += "\\e";
    } else {
      text += c;
    }
  }
}

std::string unescape(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char code = ++i < text.size() ? text[i] : '\0';
    if (code != 'n' && code != '\\' && code != 'e') throw error("fields: an escape that nobody writes");
    bytes += code == 'n' ? '\n' : code == 'e' ? '=' : '\\';
  }
  return bytes;
}

}  // namespace

std::string encode(const fields& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    append_escaped(text, name);
    text += '=';
    append_escaped(text, value);
    text += '\n';
  }
  return text;
}

fields decode(std::string_view text) {
  fields values;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t sign = line.find('=');
    if (line.size() == text.size() || sign == std::string_view::npos) throw error("fields: a line without its end");
    values[unescape(line.substr(0, sign))] = unescape(line.substr(sign + 1));
    text.remove_prefix(line.size() + 1);
  }
  return values;
}

std::string encode_all(const std::vector<fields>& records) {
  std::string text;
  for (const fields& record : records) text += encode(record) + '\n';
  return text;
}

std::vector<fields> decode_all(std::string_view text) {
  std::vector<fields> records;
  while (!text.empty()) {
    const std::size_t end = text.find("\n\n");
    if (end == std::string_view::npos) throw error("fields: a record without its end");
    records.push_back(decode(text.substr(0, end + 1)));
    text.remove_prefix(end + 2);
  }
  return records;
}

std::string value_of(const fields& values, const std::string& name, const std::string& otherwise) {
  const auto found = values.find(name);
  return found == values.end() ? otherwise : found->second;
}

}  // namespace signals
