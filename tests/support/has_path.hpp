#pragma once

#include <type_traits>
#include <utility>

namespace support {

/// Whether a T has path(): not a temporary one, whose path would outlive its file.
template <class T, class = void>
struct has_path : std::false_type {};
template <class T>
struct has_path<T, std::void_t<decltype(std::declval<T>().path())>> : std::true_type {};

}  // namespace support
