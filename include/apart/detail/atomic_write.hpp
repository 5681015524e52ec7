#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Makes `path` a new file that holds `text`: whoever opens the path finds the former file or the whole new one, never
/// a part. It is written under the name of `unfinished`, with a random ending, on the same file system. `opened` becomes
/// the new file, as `make_private_file` opens it. On failure nothing has changed. Says nothing of a crash of the machine:
/// nothing is synchronised to the disk.
///
/// Returns 0 or an error number.
inline int atomic_write(const std::string& path, const std::string& unfinished, existing_file other,
                        std::string_view text, descriptor& opened) {
  const std::string written = unfinished + '.' + random_file_part();
  descriptor file;
  int code = make_private_file(written, file);
  if (code != 0) return code;
  code = write_all(file, text);
  if (code == 0) code = move_file(written, path, other, opened);
  if (code != 0) {
    remove_file(written);
    return code;
  }
  opened = std::move(file);
  return 0;
}

/// `move_file`, to another file system too: there a copy appears in one step, and then the file goes.
inline int move_anywhere(const std::string& from, const std::string& to, existing_file other) {
  int code = move_file(from, to, other);
  if (code != EXDEV) return code;
  std::string text;
  descriptor copy;
  code = read_file(from, text);
  if (code == 0) code = atomic_write(to, to, other, text, copy);
  if (code == 0) code = copy.close();
  if (code == 0) remove_file(from);
  return code;
}

}  // namespace detail
APART_END_NAMESPACE
