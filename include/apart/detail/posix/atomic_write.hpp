#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <apart/detail/file_name.hpp>
#include <apart/detail/posix/file_system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Makes `path` a new file that holds `text`: whoever opens the path finds the former file or the whole new one, never
/// a part. `opened` becomes the new file, as `make_private_file` opens it. On failure nothing has changed. Says nothing
/// of a crash of the machine: nothing is synchronised to the disk.
///
/// Returns 0 or an error number.
inline int atomic_write(const std::string& path, std::string_view text, descriptor& opened) {
  const std::string unfinished = path + '.' + random_file_part();
  descriptor file;
  int code = make_private_file(unfinished, file);
  if (code != 0) return code;
  code = write_all(file, text);
  if (code == 0) code = rename_file(unfinished, path);
  if (code != 0) {
    remove_file(unfinished);
    return code;
  }
  opened = std::move(file);
  return 0;
}

}  // namespace detail
APART_END_NAMESPACE
