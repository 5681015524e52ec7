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

// A directory that belongs to those who share the lock on the file `lock` in it.

inline constexpr const char* directory_lock_name = "/lock";

/// Makes one under a name of its own, `unfinished`, locks it there and gives it its name: nobody ever finds it without a
/// lock. 0, and `lock` is held; or an error number, ENOENT, ENOTEMPTY, EEXIST and EAGAIN where somebody was faster.
inline int make_locked_directory(const std::string& directory, const std::string& unfinished, file_lock& lock) {
  int code = make_private_directory(unfinished);
  if (code == 0) code = lock.open(unfinished + directory_lock_name);
  const bool locked = code == 0 && lock.try_lock(lock_mode::shared, code) && lock.has_its_name();
  if (code == 0) code = locked ? rename_file(unfinished, directory) : EAGAIN;
  if (code == 0) return 0;
  lock.close();
  remove_tree(unfinished);
  return code;
}

/// With the lock held exclusively: takes the directory's name away, in one step, so that who waits for the lock sees at
/// once that it has to make a new one. False: it has its name still.
inline bool remove_locked_directory(const std::string& directory, file_lock& lock) {
  const std::string garbage = directory.substr(0, directory.rfind('/') + 1) + garbage_prefix + random_file_part();
  if (rename_file(directory, garbage) != 0) return false;
  lock.close();
  report(remove_tree(garbage));
  return true;
}

}  // namespace detail
APART_END_NAMESPACE
