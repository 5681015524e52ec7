#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a variable's name, and its value or that it has none, can be made of.
template <class Name, class Value>
inline constexpr bool are_variable =
    std::is_constructible_v<std::string, const Name&> && !std::is_same_v<Name, std::nullptr_t> &&
    std::is_constructible_v<std::optional<std::string>, const Value&> && !std::is_same_v<Value, std::nullptr_t>;

template <class Text>
bool is_null_pointer(const Text& given) noexcept {
  if constexpr (std::is_pointer_v<Text>) return given == nullptr;
  return false;
}

template <class Name>
std::string name_of_variable(const Name& name) {
  if (is_null_pointer(name)) raise(error("scoped_env: the name of the variable is a null pointer; give it a text"));
  return std::string(name);
}

template <class Name, class Value>
std::optional<std::string> value_of_variable(const Name& name, const Value& value) {
  if (is_null_pointer(value)) {
    raise(error("scoped_env: the value for " + name_of_variable(name) +
                " is a null pointer; give it a text, or std::nullopt to unset it"));
  }
  return std::optional<std::string>(value);
}

}  // namespace detail
APART_END_NAMESPACE
