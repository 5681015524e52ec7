#pragma once

#include <cstdint>

#include <apart/detail/windows/api.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// FILETIME: 100 ns since 1601.
struct file_time {
  unsigned long low = 0;
  unsigned long high = 0;

  std::uint64_t ticks() const noexcept { return std::uint64_t{high} << 32 | low; }
  /// In nanoseconds since 1970.
  std::int64_t since_1970() const noexcept { return (static_cast<std::int64_t>(ticks()) - 116444736000000000) * 100; }
};

inline _FILETIME* for_system(file_time& time) noexcept { return reinterpret_cast<_FILETIME*>(&time); }

/// BY_HANDLE_FILE_INFORMATION. Volume and index together are one file on this machine.
struct file_information {
  unsigned long attributes = 0;
  file_time made;
  file_time read;
  file_time written;
  unsigned long volume = 0;
  unsigned long size_high = 0;
  unsigned long size_low = 0;
  unsigned long links = 0;
  unsigned long index_high = 0;
  unsigned long index_low = 0;
};

inline bool ask_file(void* file, file_information& found) noexcept {
  return ::GetFileInformationByHandle(file, reinterpret_cast<_BY_HANDLE_FILE_INFORMATION*>(&found)) != 0;
}

/// WIN32_FIND_DATAW.
struct found_entry {
  unsigned long attributes;
  file_time made;
  file_time read;
  file_time written;
  unsigned long size_high;
  unsigned long size_low;
  unsigned long reserved[2];
  wchar_t name[260];
  wchar_t short_name[14];
};

inline constexpr unsigned long no_attributes = 0xffffffff;
inline constexpr unsigned long read_only_attribute = 0x1;
inline constexpr unsigned long directory_attribute = 0x10;
inline constexpr unsigned long reparse_point_attribute = 0x400;  ///< a symbolic link, a junction

}  // namespace detail
APART_END_NAMESPACE
