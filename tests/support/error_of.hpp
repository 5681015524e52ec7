#pragma once

#include <string>
#include <string_view>

#include <apart/error.hpp>

namespace support {

/// The text of the apart::error that `action` throws; "" when it throws none.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const apart::error& thrown) {
    return thrown.what();
  }
  return {};
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace support
