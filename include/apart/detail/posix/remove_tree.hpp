#pragma once

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/file_name.hpp>
#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/directory_stream.hpp>
#include <apart/detail/posix/system.hpp>
#include <apart/detail/removal.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Removes one tree from the inside out, each entry relative to the open directory that holds it.
class tree_remover {
 public:
  explicit tree_remover(const std::string& path) : path_(path) {}

  fault run() {
    const std::string path = path_;
    remove(AT_FDCWD, path.c_str(), 0);
    return std::move(left_).result();
  }

 private:
  /// How often a directory is emptied in which something new is found afterwards, and how much may be found there in
  /// all: several writers add more during each pass than it removes.
  static constexpr int most_passes = 64;
  static constexpr std::size_t most_late_entries = 10000;
  /// Open directories above one another. What lies deeper is moved up to the top first.
  static constexpr int most_levels = 64;

  struct name_and_kind {
    std::string name;
    bool directory;
  };

  /// Removes `name`, a directory or not, of the directory `parent`. What it is may change at any moment: what fails as
  /// a directory is tried as a file, and nothing is ever opened through a link. A plain rmdir comes first, since it
  /// also tells a mount point (EBUSY) from a directory.
  void remove(int parent, const char* name, int level) {
    std::size_t late = 0;
    for (int pass = 0; pass < most_passes && late < most_late_entries; ++pass) {
      int code = unlink_at(parent, name, AT_REMOVEDIR);
      if (code == ENOTDIR) {
        code = unlink_at(parent, name, 0);
        if (code == EISDIR) continue;
      }
      if (code == 0) return;
      if (code != ENOTEMPTY && code != EEXIST) return left_.add(path_, code);
      const std::size_t left_before = left_.count();
      const std::size_t lifted_before = lifted_;
      const std::size_t found = empty(parent, name, level);
      if (left_.count() != left_before) return;
      if (level == 0 && lifted_ != lifted_before) {
        pass = 0;
      } else if (pass != 0) {
        late += found;
      }
    }
    left_.add(path_, ENOTEMPTY);
  }

  /// One pass over what the directory holds, and how much that was. The names are read first: who adds files as fast as
  /// they are removed prolongs no pass.
  std::size_t empty(int parent, const char* name, int level) {
    if (level == most_levels) return lift(parent, name);
    directory_stream directory(open_directory(parent, name));
    if (level == 0) top_ = directory.descriptor_number();
    std::vector<name_and_kind> entries;
    while (const sys::directory_entry* entry = directory.next())
      entries.push_back({entry->d_name, entry->d_type == DT_DIR});
    if (is_failure(directory.error())) left_.add(path_, directory.error());

    const std::size_t length = path_.size();
    for (const name_and_kind& entry : entries) {
      path_.append("/").append(entry.name);
      remove_entry(directory.descriptor_number(), entry, level + 1);
      path_.resize(length);
    }
    return entries.size();
  }

  void remove_entry(int parent, const name_and_kind& entry, int level) {
    if (!entry.directory) {
      const int code = unlink_at(parent, entry.name.c_str(), 0);
      if (code == 0) return;
      if (code != EISDIR && code != EPERM) return left_.add(path_, code);
    }
    remove(parent, entry.name.c_str(), level);
  }

  /// Moves a directory that lies too deep into the top one, where another pass finds it.
  std::size_t lift(int parent, const char* name) {
    sys::fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW);
    if (sys::renameat(parent, name, top_, random_file_part().c_str()) == 0) {
      ++lifted_;
    } else if (is_failure(errno)) {
      left_.add(path_, errno);
    }
    return 1;
  }

  /// Takes back what the owner's mode bits forbid its owner.
  static descriptor open_directory(int parent, const char* name) noexcept {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    descriptor directory(sys::openat(parent, name, flags));
    if (directory || errno != EACCES) return directory;
    sys::fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW);
    return descriptor(sys::openat(parent, name, flags));
  }

  /// 0 also where there is nothing (any more). The parent is made writable if that is what is missing, but never the
  /// one that holds the tree.
  static int unlink_at(int parent, const char* name, int flags) noexcept {
    if (sys::unlinkat(parent, name, flags) == 0 || errno == ENOENT) return 0;
    int code = errno;
    if (code == EACCES && parent != AT_FDCWD && sys::fchmod(parent, 0700) == 0) {
      code = sys::unlinkat(parent, name, flags) == 0 || errno == ENOENT ? 0 : errno;
    }
    return code;
  }

  /// Whether the failure to open or to move a directory says more than that it is no directory any more.
  static bool is_failure(int code) noexcept { return code != 0 && code != ENOENT && code != ENOTDIR && code != ELOOP; }

  std::string path_;  ///< of what is being removed
  removal left_;
  int top_ = -1;
  std::size_t lifted_ = 0;
};

/// Removes whatever has this name, in place: a directory with all that it holds, or a file, or a link. Nothing there
/// is a success.
///
/// Never follows a symbolic link, also not one that somebody swaps in meanwhile. Directories without permissions and
/// read-only files go too; what is mounted inside stays, and is reported. A directory that somebody goes on writing
/// into is emptied a bounded number of times, then reported. Any number of threads and processes may remove the same
/// tree at once.
inline fault remove_tree(const std::string& path) { return tree_remover(path).run(); }

/// Removes whatever has this name. A directory that is not empty is given the name of garbage beside it first, so that
/// who still writes to it by its name adds nothing, and what a crash leaves is known for what it is.
inline fault discard_tree(const std::string& path) {
  if (sys::rmdir(path.c_str()) == 0 || errno == ENOENT) return {};
  if (errno == ENOTEMPTY || errno == EEXIST) {
    const std::string garbage = path.substr(0, path.rfind('/') + 1) + garbage_prefix + random_file_part();
    if (sys::rename(path.c_str(), garbage.c_str()) == 0) return remove_tree(garbage);
  }
  return remove_tree(path);
}

/// Removes a file by its name. A name that is gone already is a success.
inline fault discard_file(const std::string& path) {
  removal left;
  if (sys::unlink(path.c_str()) != 0 && errno != ENOENT) left.add(path, errno);
  return std::move(left).result();
}

}  // namespace detail
APART_END_NAMESPACE
