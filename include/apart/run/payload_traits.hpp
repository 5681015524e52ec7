#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE

/// How a `per_run` payload travels from the process that set it up to the others. Numbers, enumerations, `std::string`
/// and `std::array`s of these travel as they are. A type of your own says how:
///
///     template <>
///     struct apart::payload_traits<endpoint> {
///       static std::string encode(const endpoint& e) { return e.address + '\n' + e.password; }
///       static endpoint decode(std::string_view bytes);
///     };
///
/// Pointers and views do not compile: what they point to is in another process. Both ends are built from one source, on
/// one machine, so bytes need no portable order. A payload that does not decode is an `apart::error`.
template <class T>
struct payload_traits {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>,
                "apart: a per_run payload is a std::string, a number, an enumeration, a std::array of these, or a type "
                "for which apart::payload_traits is specialised (pointers and views mean nothing in another process)");

  static std::string encode(const T& value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }

  static T decode(std::string_view bytes) {
    if (bytes.size() != sizeof(T)) detail::raise(error("a per_run payload: its size is not that of its type"));
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
};

template <>
struct payload_traits<std::string> {
  static std::string encode(const std::string& value) { return value; }
  static std::string decode(std::string_view bytes) { return std::string(bytes); }
};

/// Each element behind its length.
template <class T, std::size_t N>
struct payload_traits<std::array<T, N>> {
  static std::string encode(const std::array<T, N>& values) {
    std::string bytes;
    for (const T& value : values) {
      const std::string element = payload_traits<T>::encode(value);
      bytes += payload_traits<std::size_t>::encode(element.size());
      bytes += element;
    }
    return bytes;
  }

  static std::array<T, N> decode(std::string_view bytes) {
    std::array<T, N> values{};
    for (T& value : values) {
      const auto length = payload_traits<std::size_t>::decode(bytes.substr(0, sizeof(std::size_t)));
      bytes.remove_prefix(sizeof(std::size_t));
      if (length > bytes.size()) detail::raise(error("a per_run payload: cut short"));
      value = payload_traits<T>::decode(bytes.substr(0, length));
      bytes.remove_prefix(length);
    }
    return values;
  }
};

APART_END_NAMESPACE
