#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <apart/detail/file_name.hpp>
#include <apart/detail/windows/file_time.hpp>
#include <apart/detail/windows/open_file.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// Each returns 0 or an error number of <cerrno>. What they make inherits its access control list from the directory that
// holds it, as a rule the user's root, which is the user's alone: see `make_root`.

/// A new directory. EEXIST: the name is taken, by whatever.
inline int make_private_directory(const std::string& path) {
  return ::CreateDirectoryW(path_for_system(path).c_str(), nullptr) != 0 ? 0 : last_error_number();
}

/// A new file, open for reading and for appending. EEXIST: the name is taken, by whatever.
inline int make_private_file(const std::string& path, descriptor& made) {
  return open_file(path, can_read | can_append, new_file, 0, made);
}

/// A file that is there, for appending.
inline int open_private_file(const std::string& path, descriptor& opened) {
  return open_file(path, can_append, existing_file_only, 0, opened);
}

/// A new file in `directory` of which nobody knows the name, and which goes when it is closed.
inline int make_anonymous_file(const std::string& directory, descriptor& made) {
  return open_file(directory + '/' + random_file_part(), can_read | can_append | can_remove, new_file, goes_at_close,
                   made);
}

/// A file that processes meet in, which is made if it is not there: for reading and writing. Patiently, since another
/// process may be about to remove the one that has the name.
inline int open_common_file(const std::string& path, descriptor& opened) {
  return patiently([&] { return open_file(path, can_read | can_write, any_file, 0, opened) == 0; });
}

inline int write_all(const descriptor& file, std::string_view text) noexcept {
  while (!text.empty()) {
    constexpr std::size_t most = 1 << 30;
    unsigned long written = 0;
    const auto size = static_cast<unsigned long>(text.size() < most ? text.size() : most);
    if (::WriteFile(file.get(), text.data(), size, &written, nullptr) == 0) return last_error_number();
    text.remove_prefix(written);
  }
  return 0;
}

/// As `>` of a shell does: makes the file, or empties the one that is there; then writes.
inline int overwrite_file(const std::string& path, std::string_view text) {
  descriptor file;
  int code = open_file(path, can_write, emptied_file, 0, file);
  if (code == 0) code = write_all(file, text);
  return code != 0 ? code : file.close();
}

/// OVERLAPPED: from where in a file.
struct file_offset {
  std::uintptr_t internal[2] = {};
  unsigned long low = 0;
  unsigned long high = 0;
  void* event = nullptr;

  explicit file_offset(std::uint64_t from) noexcept
      : low(static_cast<unsigned long>(from & 0xffffffff)), high(static_cast<unsigned long>(from >> 32)) {}
  _OVERLAPPED* for_system() noexcept { return reinterpret_cast<_OVERLAPPED*>(this); }
};

/// The whole file, appended to `text`.
inline int read_from_start(const descriptor& file, std::string& text) {
  constexpr unsigned long end_of_file = 38;
  std::array<char, 16384> chunk;
  for (std::uint64_t from = 0;;) {
    file_offset at(from);
    unsigned long count = 0;
    if (::ReadFile(file.get(), chunk.data(), static_cast<unsigned long>(chunk.size()), &count, at.for_system()) == 0) {
      return ::GetLastError() == end_of_file ? 0 : last_error_number();
    }
    if (count == 0) return 0;
    text.append(chunk.data(), count);
    from += count;
  }
}

/// The whole file that has this name now, appended to `text`. Patiently: who replaces it may have it for itself.
inline int read_file(const std::string& path, std::string& text) {
  descriptor file;
  const int code = patiently([&] { return open_file(path, can_read, existing_file_only, 0, file) == 0; });
  return code == 0 ? read_from_start(file, text) : code;
}

/// Also one that is read-only, and also while others have it open as the library does.
inline int remove_file(const std::string& path) {
  const std::wstring name = path_for_system(path);
  return patiently([&] {
    if (::DeleteFileW(name.c_str()) != 0) return true;
    const unsigned long code = ::GetLastError();
    const unsigned long attributes = ::GetFileAttributesW(name.c_str());
    if (code == access_denied && attributes != no_attributes && (attributes & read_only_attribute) != 0) {
      ::SetFileAttributesW(name.c_str(), attributes & ~read_only_attribute);
      if (::DeleteFileW(name.c_str()) != 0) return true;
    }
    ::SetLastError(code);
    return false;
  });
}

/// Adds one line to a file, which is made if need be, and sets its time of change.
inline int append_line(const std::string& path, const std::string& line) {
  descriptor file;
  int code = open_file(path, can_append, any_file, 0, file);
  if (code == 0) code = write_all(file, line + '\n');
  file_time now;
  ::GetSystemTimeAsFileTime(for_system(now));
  if (code == 0 && ::SetFileTime(file.get(), nullptr, nullptr, for_system(now)) == 0) code = last_error_number();
  return code;
}

/// The kind of network file system on which `path` stands; null: a local one.
inline const char* network_file_system(const std::string& path) {
  constexpr unsigned remote = 4;  // DRIVE_REMOTE
  std::array<wchar_t, 1024> volume{};
  const bool known = ::GetVolumePathNameW(path_for_system(path).c_str(), volume.data(), 1024) != 0;
  return known && ::GetDriveTypeW(volume.data()) == remote ? "a network drive" : nullptr;
}

/// When the file was last written to, in nanoseconds since 1970; 0 if it is not there.
inline std::int64_t change_time(const std::string& path) {
  descriptor file;
  file_information found;
  const int code = open_file(path, can_ask, existing_file_only, directory_or_link, file);
  return code == 0 && ask_file(file.get(), found) ? found.written.since_1970() : 0;
}

/// FILE_RENAME_INFO, and the rename by which what has the new name goes though somebody has it open (Windows 10 1607,
/// FILE_RENAME_POSIX_SEMANTICS). False: this system, or this file system, does not have it.
inline bool replace_though_open(const std::wstring& from, const std::wstring& to) {
  struct header {
    unsigned long flags;
    void* root;
    unsigned long bytes;
    wchar_t name[1];
  };
  using set_information = int __stdcall(void*, int, void*, unsigned long);
  static const auto set = function_of<set_information>(L"kernel32.dll", "SetFileInformationByHandle");
  constexpr int rename_class = 22;  // FileRenameInfoEx
  constexpr unsigned long replaces =
      0x43;  // FILE_RENAME_REPLACE_IF_EXISTS, _POSIX_SEMANTICS, _IGNORE_READONLY_ATTRIBUTE
  void* const handle =
      ::CreateFileW(from.c_str(), can_remove, shared_with_all, nullptr, existing_file_only, directory_or_link, nullptr);
  if (set == nullptr || handle == reinterpret_cast<void*>(-1)) return false;
  const descriptor file(handle);
  std::vector<char> bytes(sizeof(header) + to.size() * sizeof(wchar_t));
  header whole{replaces, nullptr, static_cast<unsigned long>(to.size() * sizeof(wchar_t)), {}};
  std::memcpy(bytes.data(), &whole, sizeof whole);
  std::memcpy(bytes.data() + offsetof(header, name), to.c_str(), (to.size() + 1) * sizeof(wchar_t));
  return set(file.get(), rename_class, bytes.data(), static_cast<unsigned long>(bytes.size())) != 0;
}

/// What becomes of a file that has the name already.
enum class existing_file { is_replaced, is_refused };

/// Gives a file another name on its volume, in one step. What it replaces may be open in the library's way; else in any
/// way that permits to remove it, and on older systems for half a second only.
inline int move_file(const std::string& from, const std::string& to, existing_file other) {
  constexpr unsigned long replace_existing = 1;  // MOVEFILE_REPLACE_EXISTING
  const std::wstring source = path_for_system(from), target = path_for_system(to);
  if (other == existing_file::is_replaced && replace_though_open(source, target)) return 0;
  return patiently([&] {
    return ::MoveFileExW(source.c_str(), target.c_str(), other == existing_file::is_replaced ? replace_existing : 0) !=
           0;
  });
}

/// The same for who has the existing file open himself, in `own`: where the system does not replace an open file, that is
/// closed first, and opened again if the move fails.
inline int move_file(const std::string& from, const std::string& to, existing_file other, descriptor& own) {
  if (!own) return move_file(from, to, other);
  if (other == existing_file::is_replaced && replace_though_open(path_for_system(from), path_for_system(to))) return 0;
  own.close();
  const int code = move_file(from, to, other);
  if (code != 0) open_file(to, can_read | can_append, existing_file_only, 0, own);
  return code;
}

/// The same; a directory's only where nothing has the new name, and nothing in it is open.
inline int rename_file(const std::string& from, const std::string& to) {
  return move_file(from, to, existing_file::is_replaced);
}

/// There are no links that one rename replaces.
inline int make_symlink(const std::string&, const std::string&) noexcept { return ENOSYS; }

/// Hands each entry of a directory but "." and ".." to `told(const found_entry&)`.
template <class Told>
int for_each_entry(const std::string& directory, Told told) {
  constexpr unsigned long no_more_files = 18, no_such_file = 2;
  found_entry entry{};
  auto* const out = reinterpret_cast<_WIN32_FIND_DATAW*>(&entry);
  void* const search = ::FindFirstFileW(path_for_system(directory + "/*").c_str(), out);
  if (search == reinterpret_cast<void*>(-1)) return ::GetLastError() == no_such_file ? 0 : last_error_number();
  unsigned long code = 0;
  do {
    const std::wstring_view name(entry.name);
    if (name != L"." && name != L"..") told(static_cast<const found_entry&>(entry));
  } while (::FindNextFileW(search, out) != 0);
  code = ::GetLastError();
  ::FindClose(search);
  return code == no_more_files ? 0 : error_number(code);
}

/// The names in a directory, in no order, without "." and "..".
inline int list_directory(const std::string& path, std::vector<std::string>& names) {
  return for_each_entry(path, [&](const found_entry& entry) { names.push_back(narrow(entry.name)); });
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
  const std::tm* const parts = std::gmtime(&moment);  // each thread has its own here
  std::array<char, 32> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), form, parts));
}

}  // namespace detail
APART_END_NAMESPACE
