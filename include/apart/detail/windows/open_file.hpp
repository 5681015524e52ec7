#pragma once

#include <string>

#include <apart/detail/windows/descriptor.hpp>
#include <apart/detail/windows/path_text.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// For CreateFileW. What the library opens anybody may read, write, rename and remove meanwhile, as elsewhere.
inline constexpr unsigned long shared_with_all = 0x7;    // FILE_SHARE_READ | _WRITE | _DELETE
inline constexpr unsigned long can_read = 0x80000000;    // GENERIC_READ
inline constexpr unsigned long can_write = 0x40000000;   // GENERIC_WRITE
inline constexpr unsigned long can_append = 0x00100104;  // FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE
inline constexpr unsigned long can_remove = 0x00110000;  // DELETE | SYNCHRONIZE
inline constexpr unsigned long can_ask = 0x80;           // FILE_READ_ATTRIBUTES
inline constexpr unsigned long new_file = 1, any_file = 4, existing_file_only = 3, emptied_file = 2;
inline constexpr unsigned long goes_at_close = 0x04000100;      // FILE_FLAG_DELETE_ON_CLOSE | FILE_ATTRIBUTE_TEMPORARY
inline constexpr unsigned long directory_or_link = 0x02200000;  // FILE_FLAG_BACKUP_SEMANTICS | _OPEN_REPARSE_POINT
inline constexpr unsigned long also_directory = 0x02000000;     // FILE_FLAG_BACKUP_SEMANTICS

/// 0 or an error number.
inline int open_file(const std::string& path, unsigned long access, unsigned long disposition, unsigned long flags,
                     descriptor& opened) {
  constexpr unsigned long plain = 0x80;  // FILE_ATTRIBUTE_NORMAL
  void* const handle = ::CreateFileW(path_for_system(path).c_str(), access, shared_with_all, nullptr, disposition,
                                     flags != 0 ? flags : plain, nullptr);
  if (handle == reinterpret_cast<void*>(-1)) return last_error_number();
  opened = descriptor(handle);
  return 0;
}

/// The absolute path, free of links, that an open file has now; empty where it cannot be told.
inline std::string path_of_open_file(const descriptor& file) {
  const std::string path = path_text_of_system(text_of_system(
      [&](wchar_t* text, unsigned long room) { return ::GetFinalPathNameByHandleW(file.get(), text, room, 0); }));
  if (path.compare(0, 8, "//?/UNC/") == 0) return '/' + path.substr(7);
  return path.compare(0, 4, "//?/") == 0 ? path.substr(4) : path;
}

}  // namespace detail
APART_END_NAMESPACE
