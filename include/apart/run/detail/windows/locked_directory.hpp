#pragma once

#include <cerrno>
#include <string>

#include <apart/detail/file_lock.hpp>
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

/// With the lock held exclusively: removes all but the lock, then its name, so that who waits for it sees that it has to
/// make a new one, then the directory, unless somebody has made a new lock in it.
inline bool remove_locked_directory(const std::string& directory, file_lock& lock) {
  for (const std::string& path : paths_in(directory)) {
    if (path != directory + directory_lock_name) report(remove_tree(path));
  }
  remove_file(directory + directory_lock_name);
  lock.close();
  remove_directory(directory);
  return true;
}

}  // namespace detail
APART_END_NAMESPACE
