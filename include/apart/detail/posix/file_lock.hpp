#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include <apart/detail/posix/file_system.hpp>
#include <apart/detail/posix/system.hpp>
#include <apart/detail/posix/unforked_descriptor.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

enum class lock_mode : short { shared = F_RDLCK, exclusive = F_WRLCK };

/// Which bytes of a file a lock is on, whether the file has them or not: one file may carry many locks. 0 bytes: all
/// from the first on.
struct lock_bytes {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// A lock between processes on a file that is there for nothing else, or on some bytes of it: an open file description
/// lock (fcntl(2), F_OFD_SETLK). Of the kernel's locks it alone has byte ranges, is not dropped when another part of the
/// program closes the file, and keeps what it has when an upgrade is refused.
///
/// Owner: this object; two objects exclude one another in one process, too. The kernel frees the lock when the process
/// ends, however it ends. Threads: one at a time. Fork: a child holds nothing, and its copy of the object does nothing;
/// a child by raw clone or _Fork runs no handlers and keeps the parent's lock held for as long as it lives. Exec: held
/// by nobody else. Who unlinks or moves a lock file does so under the exclusive lock, so that who waited for it has to
/// ask `has_its_name` afterwards.
class file_lock {
 public:
  file_lock() = default;
  file_lock(file_lock&& other) noexcept = default;
  file_lock& operator=(file_lock&& other) noexcept {
    file_lock taken(std::move(other));
    std::swap(path_, taken.path_);
    std::swap(bytes_, taken.bytes_);
    std::swap(file_, taken.file_);
    return *this;
  }
  ~file_lock() { close(); }

  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path, lock_bytes bytes = {}) {
    close();
    path_ = path;
    bytes_ = bytes;
    return file_.open([&] { return open_common_file(path); });
  }

  /// Frees the lock and closes the file.
  void close() {
    if (is_open()) unlock();
    file_.close();
  }

  bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// False: somebody holds it in a way that excludes this one, or `code` is the error number of a system that refuses
  /// it. Turns what this object holds into the other mode; where that is refused it keeps what it has.
  [[nodiscard]] bool try_lock(lock_mode mode, int& code) noexcept {
    const bool locked = set(F_OFD_SETLK, static_cast<short>(mode)) == 0;
    code = locked || errno == EAGAIN || errno == EACCES ? 0 : errno;
    return locked;
  }
  [[nodiscard]] bool try_lock(lock_mode mode) {
    int code = 0;
    const bool locked = try_lock(mode, code);
    if (code != 0) raise_system(code, "cannot lock '" + path_ + "'");
    return locked;
  }

  /// Waits for it, and for ever if need be: only for a lock that its holders keep for moments. 0 or an error number.
  [[nodiscard]] int lock(lock_mode mode) noexcept {
    return set(F_OFD_SETLKW, static_cast<short>(mode)) == 0 ? 0 : errno;
  }

  /// Whether anybody but this object holds it in a way that excludes `mode` (F_OFD_GETLK); or other bytes of the file.
  [[nodiscard]] bool is_held_against(lock_mode mode) const noexcept { return is_held_against(mode, bytes_); }
  [[nodiscard]] bool is_held_against(lock_mode mode, lock_bytes bytes) const noexcept {
    sys::file_range range = range_of(static_cast<short>(mode), bytes);
    return is_open() && sys::fcntl(file_.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  }

  void unlock() noexcept { set(F_OFD_SETLK, F_UNLCK); }

  /// Whether the file that is open still has the name by which it was opened.
  [[nodiscard]] bool has_its_name() const noexcept {
    sys::file_status here{};
    sys::file_status there{};
    return is_open() && sys::fstat(file_.get(), &here) == 0 && sys::lstat(path_.c_str(), &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  }

 private:
  int set(int command, short type) const noexcept {
    if (!is_open()) {
      errno = EBADF;
      return -1;
    }
    sys::file_range range = range_of(type, bytes_);
    return sys::fcntl(file_.get(), command, &range);
  }

  static sys::file_range range_of(short type, lock_bytes bytes) noexcept {
    sys::file_range range{};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(bytes.first);
    range.l_len = static_cast<off_t>(bytes.count);
    return range;
  }

  std::string path_;
  lock_bytes bytes_;
  unforked_descriptor file_;
};

/// The same by flock(2): without byte ranges, for one that is taken over and over, since it costs the kernel two thirds.
/// It never turns what it holds into the other mode: a refused turn would lose it. On a local file system it and a
/// `file_lock` on the same file do not know of one another.
class whole_file_lock {
 public:
  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path) {
    return file_.open([&] { return open_common_file(path); });
  }

  /// Frees the lock and closes the file.
  void close() {
    if (is_open()) unlock();
    file_.close();
  }

  bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// As those of `file_lock`.
  [[nodiscard]] bool try_lock(lock_mode mode, int& code) noexcept {
    const bool locked = sys::flock(file_.get(), operation(mode) | LOCK_NB) == 0;
    code = locked || errno == EWOULDBLOCK ? 0 : errno;
    return locked;
  }
  [[nodiscard]] int lock(lock_mode mode) noexcept { return sys::flock(file_.get(), operation(mode)) == 0 ? 0 : errno; }
  void unlock() noexcept { sys::flock(file_.get(), LOCK_UN); }

 private:
  static int operation(lock_mode mode) noexcept { return mode == lock_mode::exclusive ? LOCK_EX : LOCK_SH; }

  unforked_descriptor file_;
};

}  // namespace detail
APART_END_NAMESPACE
