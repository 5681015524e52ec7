#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace signals {

/// Named texts: the labels of an object, the facts of an event. Any bytes on both sides.
using fields = std::map<std::string, std::string>;

/// The one encoding of the component: a line `name=value` for each field, with \n, \\ and \e for a line's end, a
/// backslash and an equals sign. Fields may be nested: a value may be an encoding itself.
std::string encode(const fields& values);
/// Throws `error` where the text is none that `encode` writes.
fields decode(std::string_view text);

/// Many of them in one text, an empty line behind each.
std::string encode_all(const std::vector<fields>& records);
std::vector<fields> decode_all(std::string_view text);

/// The value of a field that may be missing.
std::string value_of(const fields& values, const std::string& name, const std::string& otherwise = "");

}  // namespace signals
