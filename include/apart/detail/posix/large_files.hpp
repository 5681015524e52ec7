#pragma once

#include <apart/version.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/// The name of a call, or of its structure, that has 64 bits for sizes, offsets and the numbers of files. On machines of
/// 32 bits those of POSIX have 32 with glibc, unless _FILE_OFFSET_BITS says otherwise (feature_test_macros(7)): they fail
/// with EOVERFLOW where a file, its number, or a place in a directory needs more. By these names parts of a program that
/// were compiled with and without it also agree.
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 28)
#define APART_DETAIL_LARGE(name) name##64
#else
#define APART_DETAIL_LARGE(name) name
#endif

APART_BEGIN_NAMESPACE
namespace detail::sys {

using file_status = struct APART_DETAIL_LARGE(stat);
using file_system_status = struct APART_DETAIL_LARGE(statfs);
using file_range = struct APART_DETAIL_LARGE(flock);
using directory_entry = struct APART_DETAIL_LARGE(dirent);
using file_offset = decltype(file_status::st_size);

}  // namespace detail::sys
APART_END_NAMESPACE
