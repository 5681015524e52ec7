#pragma once

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>

#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/file_system.hpp>
#include <apart/detail/posix/system.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Where this user's files stand: the directory `apart-<uid>`, and who chose the place.
struct files_root {
  std::string path;    ///< absolute and canonical; says nothing of whether it is there
  std::string source;  ///< "TMPDIR='/scratch'", to begin an error with
};

/// Reads `APART_TMPDIR`, `TEST_TMPDIR`, `TMPDIR`, and takes the first that is set and not empty, else the system's
/// /tmp. A place that is not there is an error of that variable: the next one is not tried. 0 or an error number;
/// `found.source` is set in either case.
inline int find_files_root(files_root& found) {
  std::string place = "/tmp";
  found.source = "the system's temporary directory '/tmp'";
  for (const char* const variable : {"APART_TMPDIR", "TEST_TMPDIR", "TMPDIR"}) {
    const char* const value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    place = value;
    found.source = std::string(variable) + "='" + value + "'";
    break;
  }
  const std::unique_ptr<char, void (*)(void*)> canonical(sys::realpath(place.c_str()), std::free);
  if (canonical == nullptr) return errno;
  found.path = canonical.get();
  if (found.path.back() != '/') found.path += '/';
  found.path += "apart-" + std::to_string(::geteuid());
  return 0;
}

inline std::atomic<const files_root*> known_files_root{nullptr};

/// This process's root: the environment is read at the first call that succeeds, and never again. Any thread; a forked
/// child has its parent's. Published once and left to the system at exit, without a lock that a fork could leave taken.
inline const files_root& files_root_of_this_process() {
  if (const files_root* const known = known_files_root.load(std::memory_order_acquire)) return *known;
  auto found = std::make_unique<files_root>();
  if (const int code = find_files_root(*found)) {
    raise_system(code, found->source + " (name a directory that you may write to, or unset it)");
  }
  const files_root* first = nullptr;
  if (known_files_root.compare_exchange_strong(first, found.get(), std::memory_order_acq_rel)) return *found.release();
  return *first;
}

/// What is wrong with the directory that has the root's name, in a place where others may write, too: "" if it is a
/// directory, no link, of this user. Group and others lose what they may do in it.
inline std::string refusal_of_files_root(const std::string& path) {
  struct stat status {};
  if (sys::lstat(path.c_str(), &status) != 0) return std::generic_category().message(errno);
  if (S_ISLNK(status.st_mode)) return "is a symbolic link: remove it";
  if (!S_ISDIR(status.st_mode)) return "is not a directory: remove it";
  if (status.st_uid != ::geteuid()) {
    return "belongs to another user (uid " + std::to_string(status.st_uid) + "): remove it, or set APART_TMPDIR";
  }
  if ((status.st_mode & 0777) == 0700) return {};
  const descriptor directory(sys::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory || sys::fchmod(directory.get(), 0700) != 0) {
    return "must have the mode 0700, and that cannot be set: " + std::generic_category().message(errno);
  }
  return {};
}

/// Makes the root, or checks the one that is there. An `apart::error` names the variable that chose the place.
inline void make_files_root(const files_root& root) {
  const int code = make_private_directory(root.path);
  if (code != 0 && code != EEXIST) {
    raise_system(
        code, root.source + ": cannot make '" + root.path + "' (name a directory that you may write to, or unset it)");
  }
  const std::string refusal = refusal_of_files_root(root.path);
  if (!refusal.empty()) raise(error(root.source + ": '" + root.path + "' " + refusal));
}

}  // namespace detail
APART_END_NAMESPACE
