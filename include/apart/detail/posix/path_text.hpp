#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// Inside of the library a path is a text, with '/' between its names.

inline const std::string& path_text(const std::filesystem::path& path) noexcept { return path.native(); }
inline std::filesystem::path path_of(std::string text) { return std::filesystem::path(std::move(text)); }

}  // namespace detail
APART_END_NAMESPACE
