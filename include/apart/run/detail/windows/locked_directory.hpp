#pragma once

#include <cerrno>
#include <string>

#include <apart/detail/file_lock.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/detail/report.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// A directory that belongs to those who share the lock on the file `lock` in it. Windows gives no directory another name
// while a file in it is open, and the lock is.

inline constexpr const char* directory_lock_name = "/lock";

/// Makes one, and locks it. Who finds it before it is locked, and removes it, was faster. 0, and `lock` is held; or an error
/// number, ENOENT, ENOTEMPTY, EEXIST and EAGAIN where somebody was faster. Needs no other name.
inline int make_locked_directory(const std::string& directory, const std::string&, file_lock& lock) {
  int code = make_private_directory(directory);
  if (code == 0) code = lock.open(directory + directory_lock_name);
  const bool locked = code == 0 && lock.try_lock(lock_mode::shared, code) && lock.has_its_name();
  if (locked) return 0;
  lock.close();
  return code != 0 ? code : EAGAIN;
}

/// Removes what has this name. Each file is moved out of its directory first, as garbage beside `directory`: one that is open,
/// in this very process as a rule, keeps its name until it is closed, and with that the directory. What is in use even
/// then stays garbage, for the next process that sweeps.
inline void move_out_and_remove(const std::string& path, const std::string& directory) {
  const std::wstring from = path_for_system(path);
  const unsigned long attributes = ::GetFileAttributesW(from.c_str());
  if (attributes == no_attributes) return;
  if ((attributes & directory_attribute) != 0 && (attributes & reparse_point_attribute) == 0) {
    for (const std::string& entry : paths_in(path)) move_out_and_remove(entry, directory);
    return report(remove_tree(path));
  }
  const std::string garbage = directory.substr(0, directory.rfind('/') + 1) + garbage_prefix + random_file_part();
  const std::wstring to = path_for_system(garbage);
  if (::MoveFileExW(from.c_str(), to.c_str(), 0) == 0) {
    report(remove_tree(path));
  } else if (::DeleteFileW(to.c_str()) == 0 && ::GetLastError() == access_denied) {
    ::SetFileAttributesW(to.c_str(), attributes & ~read_only_attribute);
    ::DeleteFileW(to.c_str());
  }
}

/// With the lock held exclusively: removes all but the lock, then its name, so that who waits for it sees that it has to
/// make a new one, then the directory, unless somebody has made a new lock in it.
inline bool remove_locked_directory(const std::string& directory, file_lock& lock) {
  const std::string lock_path = directory + directory_lock_name;
  for (const std::string& path : paths_in(directory)) {
    if (path != lock_path) move_out_and_remove(path, directory);
  }
  move_out_and_remove(lock_path, directory);
  lock.close();
  ::RemoveDirectoryW(path_for_system(directory).c_str());
  return true;
}

}  // namespace detail
APART_END_NAMESPACE
