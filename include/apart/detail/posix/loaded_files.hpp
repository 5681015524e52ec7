#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <apart/version.hpp>

#include <link.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Absolute; empty where there is no /proc.
inline std::string path_of_program() {
  std::string path(256, '\0');
  for (;;) {
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    if (length < 0) return {};
    if (static_cast<std::size_t>(length) < path.size()) return path.substr(0, static_cast<std::size_t>(length));
    path.resize(2 * path.size());
  }
}

/// The executable, and the shared objects that this process has loaded.
inline std::vector<std::string> loaded_files() {
  std::vector<std::string> files{path_of_program()};
  ::dl_iterate_phdr(
      [](dl_phdr_info* image, std::size_t, void* argument) {
        if (image->dlpi_name != nullptr && image->dlpi_name[0] == '/') {
          static_cast<std::vector<std::string>*>(argument)->emplace_back(image->dlpi_name);
        }
        return 0;
      },
      &files);
  return files;
}

}  // namespace detail
APART_END_NAMESPACE
