#pragma once

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/fork.hpp>
#include <apart/detail/posix/system.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The descriptors of all open locks of this process. The kernel frees a lock when the last copy of its descriptor is
/// closed, so that a forked child must not keep one: it closes them all before fork returns in it. Opened under the
/// mutex that a fork takes, so that none is missed.
class lock_descriptors {
 public:
  static lock_descriptors& of_this_process() {
    static lock_descriptors* all = [] {
      auto* made = new lock_descriptors;
      at_fork([] { of_this_process().mutex_.lock(); }, [] { of_this_process().mutex_.unlock(); },
              [] {
                of_this_process().close_all();
                of_this_process().mutex_.unlock();
              });
      return made;
    }();
    return *all;
  }

  /// -1 and errno on failure.
  int open(const std::string& path) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_.push_back(-1);
    const int opened = sys::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (opened >= 0) {
      open_.back() = opened;
    } else {
      open_.pop_back();
    }
    return opened;
  }

  void close(int descriptor) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_.erase(std::remove(open_.begin(), open_.end(), descriptor), open_.end());
    sys::close(descriptor);
  }

 private:
  lock_descriptors() = default;

  void close_all() noexcept {
    for (const int descriptor : open_) sys::close(descriptor);
    open_.clear();
  }

  std::mutex mutex_;
  std::vector<int> open_;
};

/// Created while the program is still loaded by one thread, as all that a fork must not find half made.
inline const bool lock_descriptors_exist = (lock_descriptors::of_this_process(), true);

enum class lock_mode : short { shared = F_RDLCK, exclusive = F_WRLCK };

/// A lock between processes on a file that is there for nothing else: an open file description lock (fcntl(2),
/// F_OFD_SETLK), on the whole of it.
///
/// Owner: this object; two objects exclude one another in one process, too. The kernel frees the lock when the process
/// ends, however it ends. Threads: one at a time. Fork: a child holds nothing, and its copy of the object does nothing;
/// a child by raw clone or _Fork runs no handlers and keeps the parent's lock held for as long as it lives. Exec: held
/// by nobody else. Who unlinks or moves a lock file does so under the exclusive lock, so that who waited for it has to
/// ask `has_its_name` afterwards.
class file_lock {
 public:
  file_lock() = default;
  file_lock(file_lock&& other) noexcept
      : path_(std::move(other.path_)), number_(std::exchange(other.number_, -1)), owner_(other.owner_) {}
  file_lock& operator=(file_lock&& other) noexcept {
    file_lock taken(std::move(other));
    std::swap(path_, taken.path_);
    std::swap(number_, taken.number_);
    std::swap(owner_, taken.owner_);
    return *this;
  }
  ~file_lock() { close(); }

  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path) {
    close();
    path_ = path;
    number_ = lock_descriptors::of_this_process().open(path);
    owner_ = process_owner();
    return number_ >= 0 ? 0 : errno;
  }

  /// Frees the lock and closes the file.
  void close() {
    if (is_open()) {
      unlock();
      lock_descriptors::of_this_process().close(number_);
    }
    number_ = -1;
  }

  bool is_open() const noexcept { return number_ >= 0 && owner_.is_this_process(); }

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

  void unlock() noexcept { set(F_OFD_SETLK, F_UNLCK); }

  /// Whether the file that is open still has the name by which it was opened.
  [[nodiscard]] bool has_its_name() const noexcept {
    struct stat here {};
    struct stat there {};
    return is_open() && sys::fstat(number_, &here) == 0 && sys::lstat(path_.c_str(), &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  }

 private:
  int set(int command, short type) const noexcept {
    if (!is_open()) {
      errno = EBADF;
      return -1;
    }
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    return sys::fcntl(number_, command, &range);
  }

  std::string path_;
  int number_ = -1;
  process_owner owner_;
};

}  // namespace detail
APART_END_NAMESPACE
