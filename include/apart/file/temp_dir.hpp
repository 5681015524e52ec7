#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <apart/detail/file_system.hpp>
#include <apart/detail/path_text.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/detail/socket_address.hpp>
#include <apart/error.hpp>
#include <apart/file/detail/temporary_entry.hpp>

APART_BEGIN_NAMESPACE

/// A new, empty directory of mode 0700 that nobody else has, removed with all that it holds when its owner goes.
///
///     apart::temp_dir dir("orders");
///     std::ofstream(dir.path() / "journal") << "...";
///
/// Scope: whoever holds the object; the directory stands in the run's own, below `APART_TMPDIR`, `TEST_TMPDIR`,
/// `TMPDIR` or /tmp, whichever is set first. Its path is absolute, free of links, and the same after a chdir. Owner:
/// one object in one process. Moving moves the ownership; a moved-from object does nothing. A forked child's copy
/// removes nothing.
/// Destruction: never follows a link out of the directory, and removes read-only trees too. It never throws; what it
/// could not remove it reports by name (`set_report_handler`; stderr). What somebody has removed already is no error.
/// Kept: after `keep()`, and where `APART_KEEP` says so (`all`, or `failed` when the running test has failed), the
/// directory stays and its path is reported, once.
/// Crash: the next run that makes a directory removes what a killed process left.
/// Windows: below `APART_TMPDIR`, `TEST_TMPDIR`, TMP or TEMP; an access list for this user in place of the mode. What
/// another process has open in a way that keeps it is waited for, half a second for each, then reported.
/// Threads: distinct objects from any; one object from one at a time.
/// Errors: `apart::error` that names the path, or the variable that chose a place where nothing can be made. The forms
/// with a `std::error_code&` set it instead, to nothing where they succeed; a directory that was not made has no path.
class [[nodiscard]] temp_dir : detail::temporary_entry {
 public:
  [[nodiscard]] temp_dir() : temp_dir(std::string_view()) {}

  /// `prefix` begins the directory's name: up to 24 bytes of it, everything but letters, digits, '_' and '-' as '_'.
  [[nodiscard]] explicit temp_dir(std::string_view prefix) { detail::raise_if(make(prefix)); }
  [[nodiscard]] temp_dir(std::string_view prefix, std::error_code& failed) { failed = make(prefix).code; }
  temp_dir(std::nullptr_t) = delete;

  /// `path()`. Not for a temporary object, whose directory would be gone.
  using temporary_entry::path;

  /// `path() / name`, which a UNIX socket can be bound to. An `apart::error` says if that is too long for its address.
  [[nodiscard]] std::filesystem::path socket_path(std::string_view name) const {
    std::filesystem::path socket = path() / name;
    const std::string& text = detail::path_text(socket);
    if (text.size() <= detail::longest_socket_path) return socket;
    detail::raise(error("UNIX socket '" + text + "': " + detail::why_no_socket(text)));
  }

  /// `keep()`, `keep(std::error_code&)`: the directory stays, and outlives the run.
  using temporary_entry::keep;

  /// `close()`, `close(std::error_code&)`: removes the directory now. The error names what could not be removed. The
  /// second time does nothing.
  using temporary_entry::close;

 private:
  detail::fault make(std::string_view prefix) {
    return create("temporary directory", prefix, {}, detail::discard_tree, [](const std::string& path) {
      return std::error_code(detail::make_private_directory(path), std::generic_category());
    });
  }
};

APART_END_NAMESPACE
