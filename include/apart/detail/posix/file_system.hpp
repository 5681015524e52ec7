#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/detail/file_name.hpp>
#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/directory_stream.hpp>
#include <apart/detail/posix/system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// Each returns 0 or an error number of <cerrno>. Only their owner may read what they make, whatever the umask says.

/// A new directory, 0700. EEXIST: the name is taken, by whatever.
inline int make_private_directory(const std::string& path) noexcept {
  if (sys::mkdir(path.c_str(), 0700) != 0) return errno;
  sys::file_status made{};
  if (sys::lstat(path.c_str(), &made) != 0) return errno;
  if ((made.st_mode & 0777) == 0700) return 0;
  return sys::fchmodat(AT_FDCWD, path.c_str(), 0700, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

/// A new file, 0600, open for reading and for appending, close-on-exec. EEXIST: the name is taken, by whatever.
inline int make_private_file(const std::string& path, descriptor& made) noexcept {
  descriptor file(sys::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return errno;
  sys::file_status status{};
  int code = sys::fstat(file.get(), &status) == 0 ? 0 : errno;
  if (code == 0 && (status.st_mode & 0777) != 0600 && sys::fchmod(file.get(), 0600) != 0) code = errno;
  if (code != 0) {
    sys::unlink(path.c_str());
    return code;
  }
  made = std::move(file);
  return 0;
}

/// A file that is there, for appending, close-on-exec; 0600 from now on, whatever the umask was when it was made.
inline int open_private_file(const std::string& path, descriptor& opened) noexcept {
  if (sys::fchmodat(AT_FDCWD, path.c_str(), 0600, 0) != 0) return errno;
  opened = descriptor(sys::open(path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
  return opened ? 0 : errno;
}

/// A new file without a name on the file system of `directory`, as above. Where that file system knows no such files
/// (open(2), O_TMPFILE), one that loses its name at once.
inline int make_anonymous_file(const std::string& directory, descriptor& made) {
#if defined(O_TMPFILE)
  made = descriptor(sys::open(directory.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_APPEND | O_CLOEXEC, 0600));
  if (made) return 0;
  if (errno != EOPNOTSUPP && errno != EISDIR) return errno;
#endif
  const std::string path = directory + '/' + random_file_part();
  const int code = make_private_file(path, made);
  return code == 0 && sys::unlink(path.c_str()) != 0 ? errno : code;
}

/// A file that processes meet in, which is made if it is not there: for reading and writing, 0600 less the umask,
/// close-on-exec. A descriptor, or -1 and errno.
inline int open_common_file(const std::string& path) noexcept {
  return sys::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

inline int write_all(const descriptor& file, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = sys::write(file.get(), text.data(), text.size());
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// As `>` of a shell does: makes the file, for those that the umask allows, or empties the one that is there; then writes.
inline int overwrite_file(const std::string& path, std::string_view text) noexcept {
  descriptor file(sys::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file) return errno;
  const int code = write_all(file, text);
  return code != 0 ? code : file.close();
}

/// The whole file, appended to `text`; its offset stays where it is.
inline int read_from_start(const descriptor& file, std::string& text) {
  std::array<char, 16384> chunk;
  for (sys::file_offset from = 0;;) {
    const ssize_t count = sys::pread(file.get(), chunk.data(), chunk.size(), from);
    if (count < 0) return errno;
    if (count == 0) return 0;
    text.append(chunk.data(), static_cast<std::size_t>(count));
    from += count;
  }
}

/// The whole file that has this name now, appended to `text`.
inline int read_file(const std::string& path, std::string& text) {
  const descriptor file(sys::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file ? read_from_start(file, text) : errno;
}

inline int remove_file(const std::string& path) noexcept { return sys::unlink(path.c_str()) == 0 ? 0 : errno; }

/// Adds one line to a file, which is made if need be, and sets its time of change to the nanosecond.
inline int append_line(const std::string& path, const std::string& line) {
  const descriptor file(sys::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return errno;
  if (const int code = write_all(file, line + '\n')) return code;
  struct timespec access_and_change[2] = {};
  ::clock_gettime(CLOCK_REALTIME, &access_and_change[0]);
  access_and_change[1] = access_and_change[0];
  return sys::futimens(file.get(), access_and_change) == 0 ? 0 : errno;
}

/// The name of the network file system on which `path` stands; null: a local one, or one that is not known. What such a
/// one grants as a lock may hold on one machine alone (nfs(5), local_lock; Lustre, localflock), and nothing tells which.
/// The numbers are those of statfs(2).
inline const char* network_file_system(const std::string& path) noexcept {
  sys::file_system_status status{};
  if (sys::statfs(path.c_str(), &status) != 0) return nullptr;
  switch (static_cast<std::uint32_t>(status.f_type)) {
    case 0x6969:
      return "NFS";
    case 0x0bd00bd0:
      return "Lustre";
    case 0xff534d42:
    case 0xfe534d42:
    case 0x517b:
      return "SMB";
    case 0x5346414f:
    case 0x6b414653:
      return "AFS";
    default:
      return nullptr;
  }
}

/// When the file was last written to, in nanoseconds since 1970; 0 if it is not there.
inline std::int64_t change_time(const std::string& path) noexcept {
  sys::file_status status{};
  if (sys::lstat(path.c_str(), &status) != 0) return 0;
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// Atomic; takes the place of a file, a link or an empty directory of the new name.
inline int rename_file(const std::string& from, const std::string& to) noexcept {
  return sys::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

/// What becomes of a file that has the name already.
enum class existing_file { is_replaced, is_refused };

/// Gives a file another name on its file system. Atomic, but that it has both names for a moment where an existing file
/// is refused (EEXIST).
inline int move_file(const std::string& from, const std::string& to, existing_file other) noexcept {
  if (other == existing_file::is_replaced) return rename_file(from, to);
  if (sys::link(from.c_str(), to.c_str()) != 0) return errno;
  sys::unlink(from.c_str());
  return 0;
}

/// The same for who has the existing file open himself, in `own`, which does not matter here.
inline int move_file(const std::string& from, const std::string& to, existing_file other, const descriptor&) noexcept {
  return move_file(from, to, other);
}

inline int make_symlink(const std::string& target, const std::string& path) noexcept {
  return sys::symlink(target.c_str(), path.c_str()) == 0 ? 0 : errno;
}

/// The names in a directory, in no order, without "." and "..".
inline int list_directory(const std::string& path, std::vector<std::string>& names) {
  directory_stream directory(descriptor(sys::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)));
  while (const sys::directory_entry* entry = directory.next()) names.push_back(entry->d_name);
  return directory.error();
}

/// The paths of what in a directory has a name that begins so, in no order; none where it cannot be read.
inline std::vector<std::string> paths_in(const std::string& directory, std::string_view beginning = {}) {
  std::vector<std::string> names;
  std::vector<std::string> paths;
  list_directory(directory, names);
  for (const std::string& name : names) {
    if (name.compare(0, beginning.size(), beginning) == 0) paths.push_back(directory + '/' + name);
  }
  return paths;
}

/// UTC in the form of strftime(3), at most 31 characters.
inline std::string utc_text(const char* form, std::time_t moment) {
  std::tm parts{};
  ::gmtime_r(&moment, &parts);
  std::array<char, 32> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), form, &parts));
}

}  // namespace detail
APART_END_NAMESPACE
