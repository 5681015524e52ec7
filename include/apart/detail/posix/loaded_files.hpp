#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <apart/version.hpp>

#include <link.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// The executable, and the shared objects that this process has loaded.
inline std::vector<std::string> loaded_files() {
  std::error_code unknown;
  std::vector<std::string> files{std::filesystem::read_symlink("/proc/self/exe", unknown).string()};
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
