#pragma once

#include <cerrno>
#include <string>
#include <vector>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr const char* no_own_worlds = "Windows has no namespaces, which it is made of elsewhere";
inline constexpr const char* no_links = "on Windows links take a privilege; --copy brings in what tests read, too";

/// What a process may have for itself alone elsewhere. The options that ask for it are refused, so that there is none here.
struct own_world {
  struct view {
    std::string path;
    std::string options;
  };

  bool network = false;
  bool tmp = false;
  std::vector<std::string> kept;
  std::vector<view> views;
  std::string start;
};

inline constexpr const char* temporary_places[] = {"/tmp"};
inline std::string overlay_options(const std::string&, const std::string&, const std::string&) { return {}; }
inline int try_own_world(const own_world&) noexcept { return ENOSYS; }

}  // namespace detail
APART_END_NAMESPACE
