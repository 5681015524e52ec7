#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include <apart/detail/path_text.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// How files come into an own directory. Errors are the file system's.

using bringer = void (*)(const std::filesystem::path& from, const std::filesystem::path& to, std::error_code& failed);

inline void bring_copy(const std::filesystem::path& from, const std::filesystem::path& to, std::error_code& failed) {
  using options = std::filesystem::copy_options;
  std::filesystem::copy(from, to, options::recursive | options::copy_symlinks, failed);
}

/// Beside what has been copied there, a directory comes as links to its entries.
inline void bring_link(const std::filesystem::path& from, const std::filesystem::path& to, std::error_code& failed) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  if (!fs::exists(fs::symlink_status(to, unknown))) return fs::create_symlink(from, to, failed);
  if (!fs::is_directory(to, unknown) || !fs::is_directory(from, unknown)) return;
  for (const auto& entry : fs::directory_iterator(from, failed)) {
    bring_link(entry.path(), to / entry.path().filename(), failed);
  }
}

/// Where a path is, and where it comes to.
struct brought_place {
  std::filesystem::path from;
  std::filesystem::path to;
  bool is_start;  ///< all of the start directory
};

/// For `path` of the directory `start`. `option`: who asks for it, for errors. An `apart::error` where it is not there, or
/// has no place below the parent of `into`.
inline brought_place place_of(const std::string& option, const std::string& path, const std::filesystem::path& start,
                              const std::filesystem::path& into) {
  namespace fs = std::filesystem;
  fs::path given = fs::path(path).lexically_normal();
  if (!given.has_filename()) given = given.parent_path();  // "data/"
  brought_place place{start / given, (into / (given.is_absolute() ? given.filename() : given)).lexically_normal(),
                      given == "."};
  const std::string below = path_text(place.to.lexically_relative(into.parent_path()));
  if (!place.is_start && (below.compare(0, 2, "..") == 0 || below == ".")) {
    raise(error("--" + option + "=" + path + ": has its place outside of a test's own directory and its parent"));
  }
  std::error_code unknown;
  if (!fs::exists(place.from, unknown)) {
    raise(error("--" + option + "=" + path + ": '" + path_text(place.from) + "' is not there"));
  }
  return place;
}

inline void bring_in(const std::string& option, const std::string& path, const std::filesystem::path& start,
                     const std::filesystem::path& into, bringer bring) {
  namespace fs = std::filesystem;
  const brought_place place = place_of(option, path, start, into);
  std::error_code failed;
  if (place.is_start) {
    for (const auto& entry : fs::directory_iterator(start, failed)) {
      if (!failed) bring(entry.path(), into / entry.path().filename(), failed);
    }
  } else {
    fs::create_directories(place.to.parent_path(), failed);
    if (!failed) bring(place.from, place.to, failed);
  }
  if (failed) raise(error("--" + option + "=" + path + ": " + failed.message()));
}

}  // namespace detail
APART_END_NAMESPACE
