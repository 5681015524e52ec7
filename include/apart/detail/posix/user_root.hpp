#pragma once

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/file_system.hpp>
#include <apart/detail/posix/system.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// One of the directories in which something of this user's stands: `apart-<uid>`, and who chose the place.
struct user_root {
  std::string path;    ///< absolute and canonical; says nothing of whether it is there
  std::string source;  ///< "TMPDIR='/scratch'", to begin an error with

  /// The directory that holds it.
  std::string place() const { return path.substr(0, path.rfind('/')); }
};

inline constexpr const char* system_place = "/tmp";
inline constexpr const char* system_place_source = "the system's temporary directory '/tmp'";

/// 0 or an error number.
inline int put_root_into(const std::string& place, user_root& found) {
  const std::unique_ptr<char, void (*)(void*)> canonical(sys::realpath(place.c_str()), std::free);
  if (canonical == nullptr) return errno;
  found.path = canonical.get();
  if (found.path.back() != '/') found.path += '/';
  found.path += "apart-" + std::to_string(::geteuid());
  return 0;
}

/// The first of these variables that is set and not empty, else the system's /tmp. A place that is not there is a fault
/// of its variable: the next one is not tried. `found.source` is set in either case.
inline fault find_root_by(std::initializer_list<const char*> variables, user_root& found) {
  std::string place = system_place;
  found.source = system_place_source;
  for (const char* const variable : variables) {
    const char* const value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    place = value;
    found.source = std::string(variable) + "='" + value + "'";
    break;
  }
  return system_fault(put_root_into(place, found),
                      found.source + " (name a directory that you may write to, or unset it)");
}

/// Where files of tests stand: `APART_TMPDIR`, `TEST_TMPDIR`, `TMPDIR`, the system's.
inline fault find_files_root(user_root& found) {
  return find_root_by({"APART_TMPDIR", "TEST_TMPDIR", "TMPDIR"}, found);
}

inline constexpr const char* coordinator_variable = "APART_COORDINATOR";

/// Whether XDG_RUNTIME_DIR names a directory of this user in which nobody else may write. It often is another user's,
/// after su(1), or not there, in a container: then it is not meant for this process.
inline bool runtime_directory_is_ours(const char* value) noexcept {
  sys::file_status status{};
  return value != nullptr && *value == '/' && sys::stat(value, &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && (status.st_mode & 0022) == 0;
}

/// Where processes of a run meet: the place that `APART_COORDINATOR=file:/...` names, `APART_TMPDIR`, `XDG_RUNTIME_DIR`
/// when it is ours, the system's. Never `TMPDIR`, which runners set to another directory for each test.
inline fault find_coordination_root(user_root& found) {
  const char* const coordinator = std::getenv(coordinator_variable);
  if (coordinator != nullptr && *coordinator != '\0') {
    const std::string_view value(coordinator);
    const std::size_t password = value.find("://");  // behind it there may be one
    const std::string shown(password == std::string_view::npos ? value : value.substr(0, password + 3));
    found.source = std::string(coordinator_variable) + "='" + shown + (shown == value ? "'" : "...'");
    if (value.substr(0, 6) != "file:/") {
      return {std::make_error_code(std::errc::invalid_argument),
              found.source +
                  " is not known here: give file: and the absolute path of a directory, or unset it; a database "
                  "is for the launcher (--procs) of a program that includes <apart/interop/postgres.hpp>"};
    }
    return system_fault(put_root_into(std::string(value.substr(5)), found),
                        found.source + " (name a directory that you may write to, or unset it)");
  }
  const char* const chosen = std::getenv("APART_TMPDIR");
  const bool by_user = chosen != nullptr && *chosen != '\0';
  return !by_user && runtime_directory_is_ours(std::getenv("XDG_RUNTIME_DIR"))
             ? find_root_by({"XDG_RUNTIME_DIR"}, found)
             : find_root_by({"APART_TMPDIR"}, found);
}

/// What is wrong with the directory that has the root's name, in a place where others may write, too: nothing if it is a
/// directory, no link, of this user. Group and others lose what they may do in it.
inline fault refusal_of_root(const user_root& root) {
  const auto refused = [&](int code, const std::string& why) {
    return fault{{code, std::generic_category()}, root.source + ": '" + root.path + "' " + why};
  };
  sys::file_status status{};
  if (sys::lstat(root.path.c_str(), &status) != 0) return refused(errno, std::generic_category().message(errno));
  if (S_ISLNK(status.st_mode)) return refused(ELOOP, "is a symbolic link: remove it, or set APART_TMPDIR");
  if (!S_ISDIR(status.st_mode)) return refused(ENOTDIR, "is not a directory: remove it, or set APART_TMPDIR");
  if (status.st_uid != ::geteuid()) {
    return refused(
        EPERM, "belongs to another user (uid " + std::to_string(status.st_uid) + "): remove it, or set APART_TMPDIR");
  }
  if ((status.st_mode & 0022) != 0) {
    return refused(EPERM, "is open to others, who may have put something into it: remove it");
  }
  if ((status.st_mode & 0777) == 0700) return {};
  const descriptor directory(sys::open(root.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory || sys::fchmod(directory.get(), 0700) != 0) {
    return refused(errno, "must have the mode 0700, and that cannot be set: " + std::generic_category().message(errno));
  }
  return {};
}

/// Makes the root, or checks the one that is there. Processes meet in it by locks: a place that may not have them is
/// refused.
inline fault make_root(const user_root& root) {
  const int code = make_private_directory(root.path);
  if (code == 0 || code == EEXIST) {
    if (const fault refused = refusal_of_root(root)) return refused;
    const char* const network = network_file_system(root.path);
    if (network == nullptr) return {};
    return {std::make_error_code(std::errc::no_lock_available),
            root.source + ": '" + root.path + "' is on " + network +
                ", where a lock may hold on one machine alone; set APART_TMPDIR to a directory of a local file system"};
  }
  return system_fault(
      code, root.source + ": cannot make '" + root.path + "' (name a directory that you may write to, or unset it)");
}

}  // namespace detail
APART_END_NAMESPACE
