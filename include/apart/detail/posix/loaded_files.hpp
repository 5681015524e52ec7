#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <apart/version.hpp>

#include <link.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Empty where it cannot be read.
inline std::string target_of_link(const char* link) {
  std::string path(256, '\0');
  for (;;) {
    const ssize_t length = ::readlink(link, path.data(), path.size());
    if (length < 0) return {};
    if (static_cast<std::size_t>(length) < path.size()) return path.substr(0, static_cast<std::size_t>(length));
    path.resize(2 * path.size());
  }
}

/// Absolute; empty where there is no /proc.
inline std::string path_of_program() { return target_of_link("/proc/self/exe"); }

/// What to run for another process of this program: the file itself, whatever has become of its name. What runs programs in
/// its own way (valgrind) answers for /proc/self/exe, but not for the thread's, and would be run in their place: then its path.
inline std::string program_to_run() {
  const std::string told = path_of_program();
  return told == target_of_link("/proc/thread-self/exe") ? "/proc/self/exe" : told;
}

/// The executable, and the shared objects that this process has loaded.
inline std::vector<std::string> loaded_files() {
  std::vector<std::string> files{path_of_program()};
  ::dl_iterate_phdr(
      [](dl_phdr_info* image, std::size_t, void* argument) {
        if (image->dlpi_name != nullptr && image->dlpi_name[0] == '/') {
          static_cast<std::vector<std::string>*>(argument)->push_back(image->dlpi_name);
        }
        return 0;
      },
      &files);
  return files;
}

}  // namespace detail
APART_END_NAMESPACE
