#pragma once

#include <cerrno>
#include <string>
#include <utility>

#include <apart/detail/windows/open_file.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// 0 or an error number.
inline int change_working_directory(const std::string& path) {
  return ::SetCurrentDirectoryW(path_for_system(path).c_str()) != 0 ? 0 : last_error_number();
}

/// The directory that was this process's working directory once, to go back to. It is held open, so that it is found
/// also after it was renamed. Movable; one thread at a time.
class working_directory {
 public:
  /// The one of this moment. 0 or an error number.
  int open() {
    path_ = path_text_of_system(
        text_of_system([](wchar_t* text, unsigned long room) { return ::GetCurrentDirectoryW(room, text); }));
    return open_file(path_, can_ask, existing_file_only, also_directory, directory_);
  }

  /// What its path was.
  const std::string& path() const noexcept { return path_; }

  /// Makes it the working directory again. Where it was removed and another one has its path now, that one. 0 or an error
  /// number; ENOENT: it was removed, and the working directory is still another one.
  int enter() const {
    const std::string now = path_of_open_file(directory_);
    if (!now.empty() && change_working_directory(now) == 0) return 0;
    return change_working_directory(path_);
  }

 private:
  descriptor directory_;
  std::string path_;
};

}  // namespace detail
APART_END_NAMESPACE
