#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include <apart/detail/windows/file_system.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

enum class lock_mode : unsigned char { shared, exclusive };

/// Which bytes of a file a lock is on, in a count of their own that no content of the file meets: one file may carry many
/// locks. 0 bytes: all from the first on.
struct lock_bytes {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Locks of LockFileEx lie beyond whatever a file holds, since they are mandatory: who reads or writes what is locked fails.
class locked_range {
 public:
  static constexpr std::uint64_t begin = std::uint64_t{1} << 61;
  static constexpr std::uint64_t most = std::uint64_t{1} << 60;

  constexpr locked_range(std::uint64_t first, std::uint64_t count) noexcept : first_(first), count_(count) {}

  /// False: GetLastError tells why not.
  bool lock(const descriptor& file, lock_mode mode, bool waits) const noexcept {
    constexpr unsigned long fail_immediately = 1, exclusive = 2;  // LOCKFILE_...
    file_offset at(first_);
    const unsigned long flags = (waits ? 0 : fail_immediately) | (mode == lock_mode::exclusive ? exclusive : 0);
    return ::LockFileEx(file.get(), flags, 0, static_cast<unsigned long>(count_ & 0xffffffff),
                        static_cast<unsigned long>(count_ >> 32), at.for_system()) != 0;
  }
  void unlock(const descriptor& file) const noexcept {
    file_offset at(first_);
    ::UnlockFileEx(file.get(), 0, static_cast<unsigned long>(count_ & 0xffffffff),
                   static_cast<unsigned long>(count_ >> 32), at.for_system());
  }

 private:
  std::uint64_t first_;
  std::uint64_t count_;
};

/// A lock between processes on a file that is there for nothing else, or on some of its bytes: LockFileEx, which has byte
/// ranges, and is not dropped when another part of the program closes the file.
///
/// Windows neither tells whether somebody holds such a lock nor turns one into the other mode. Both are done by several
/// calls here; each of these, and each `try_lock`, has one more byte of the file for itself meanwhile, for microseconds, so
/// that nobody takes such a trial for a lock.
///
/// Owner: this object; two objects exclude one another in one process, too. Threads: one at a time. Windows frees the lock
/// when the process ends, however it ends, once it has closed what that had open. Who removes or moves a lock file does so
/// under the exclusive lock, so that who waited for it has to ask `has_its_name` afterwards.
class file_lock {
 public:
  file_lock() = default;
  file_lock(file_lock&& other) noexcept
      : path_(std::move(other.path_)),
        bytes_(other.bytes_),
        file_(std::move(other.file_)),
        held_(std::exchange(other.held_, false)),
        mode_(other.mode_) {}
  file_lock& operator=(file_lock&& other) noexcept {
    file_lock taken(std::move(other));
    std::swap(path_, taken.path_);
    std::swap(bytes_, taken.bytes_);
    std::swap(file_, taken.file_);
    std::swap(held_, taken.held_);
    std::swap(mode_, taken.mode_);
    return *this;
  }
  ~file_lock() { close(); }

  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path, lock_bytes bytes = {}) {
    close();
    path_ = path;
    bytes_ = bytes;
    return open_common_file(path, file_);
  }

  /// Frees the lock and closes the file.
  void close() noexcept {
    unlock();
    file_.close();
  }

  bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// False: somebody holds it in a way that excludes this one, or `code` is the error number of a system that refuses
  /// it. Turns what this object holds into the other mode; where that is refused it keeps what it has.
  [[nodiscard]] bool try_lock(lock_mode mode, int& code) noexcept {
    code = is_open() ? 0 : EBADF;
    if (code != 0 || (held_ && mode_ == mode)) return code == 0;
    const trial alone(file_);
    if (held_) range_of(bytes_).unlock(file_);
    const bool locked = range_of(bytes_).lock(file_, mode, false);
    const unsigned long failure = locked ? 0 : ::GetLastError();
    code = failure == lock_violation ? 0 : error_number(failure);
    if (locked) {
      mode_ = mode;
      held_ = true;
    } else if (held_) {
      held_ = range_of(bytes_).lock(file_, mode_, true);
    }
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
    if (!is_open()) return EBADF;
    if (held_ && mode_ == mode) return 0;
    unlock();
    held_ = range_of(bytes_).lock(file_, mode, true);
    mode_ = mode;
    return held_ ? 0 : last_error_number();
  }

  /// Whether anybody but this object holds it in a way that excludes `mode`; or other bytes of the file.
  [[nodiscard]] bool is_held_against(lock_mode mode) const noexcept { return is_held_against(mode, bytes_); }
  [[nodiscard]] bool is_held_against(lock_mode mode, lock_bytes bytes) const noexcept {
    if (!is_open()) return false;
    const trial alone(file_);
    const bool ours = held_ && bytes.first == bytes_.first && bytes.count == bytes_.count;
    if (ours) range_of(bytes).unlock(file_);
    const bool locked = range_of(bytes).lock(file_, mode, false);
    if (locked) range_of(bytes).unlock(file_);
    if (ours) range_of(bytes).lock(file_, mode_, true);
    return !locked;
  }

  void unlock() noexcept {
    if (std::exchange(held_, false)) range_of(bytes_).unlock(file_);
  }

  /// Whether the file that is open still has the name by which it was opened.
  [[nodiscard]] bool has_its_name() const noexcept {
    descriptor other;
    file_information here, there;
    return is_open() && open_file(path_, can_ask, existing_file_only, directory_or_link, other) == 0 &&
           ask_file(file_.get(), here) && ask_file(other.get(), there) && here.volume == there.volume &&
           here.index_high == there.index_high && here.index_low == there.index_low;
  }

 private:
  /// The byte that who tries has for himself.
  class trial {
   public:
    explicit trial(const descriptor& file) noexcept : file_(file) { byte.lock(file_, lock_mode::exclusive, true); }
    ~trial() { byte.unlock(file_); }
    trial(const trial&) = delete;
    trial& operator=(const trial&) = delete;

   private:
    static constexpr locked_range byte{locked_range::begin - 1, 1};
    const descriptor& file_;
  };

  static locked_range range_of(lock_bytes bytes) noexcept {
    const auto first = static_cast<std::uint64_t>(bytes.first);
    return {locked_range::begin + first,
            bytes.count != 0 ? static_cast<std::uint64_t>(bytes.count) : locked_range::most - first};
  }

  std::string path_;
  lock_bytes bytes_;
  descriptor file_;
  bool held_ = false;
  lock_mode mode_ = lock_mode::shared;
};

/// A lock on a file as a whole for one that is taken over and over: it never turns what it holds into the other mode, and
/// is never asked for. It and a `file_lock` on the same file do not know of one another.
class whole_file_lock {
 public:
  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path) { return open_common_file(path, file_); }

  /// Frees the lock and closes the file.
  void close() noexcept {
    if (is_open()) unlock();
    file_.close();
  }

  bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// As those of `file_lock`.
  [[nodiscard]] bool try_lock(lock_mode mode, int& code) noexcept {
    const bool locked = range.lock(file_, mode, false);
    const unsigned long failure = locked ? 0 : ::GetLastError();
    code = failure == lock_violation ? 0 : error_number(failure);
    return locked;
  }
  [[nodiscard]] int lock(lock_mode mode) noexcept { return range.lock(file_, mode, true) ? 0 : last_error_number(); }
  void unlock() noexcept { range.unlock(file_); }

 private:
  static constexpr locked_range range{locked_range::begin - 2, 1};

  descriptor file_;
};

}  // namespace detail
APART_END_NAMESPACE
