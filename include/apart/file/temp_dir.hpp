#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <apart/detail/file_system.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/detail/report.hpp>
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
/// could not remove it names on stderr. Whatever somebody has removed already is no error.
/// Kept: after `keep()`, and where `APART_KEEP` says so (`all`, or `failed` when the running test has failed), the
/// directory stays and its path is printed on stderr, once.
/// Crash: the next run that makes a directory removes what a killed process left.
/// Threads: distinct objects from any; one object from one at a time.
/// Errors: `apart::error` that names the path, or the variable that chose a place where nothing can be made.
class [[nodiscard]] temp_dir {
 public:
  [[nodiscard]] temp_dir() : temp_dir(std::string_view()) {}

  /// `prefix` begins the directory's name: up to 24 bytes of it, everything but letters, digits, '_' and '-' as '_'.
  [[nodiscard]] explicit temp_dir(std::string_view prefix)
      : entry_("temporary directory", prefix, {},
               [](const std::string& path) { return detail::make_private_directory(path); }) {}
  temp_dir(std::nullptr_t) = delete;

  [[nodiscard]] temp_dir(temp_dir&&) noexcept = default;
  temp_dir& operator=(temp_dir&& other) noexcept {
    temp_dir taken(std::move(other));
    std::swap(entry_, taken.entry_);
    return *this;
  }
  ~temp_dir() {
    detail::attempt(
        [this] {
          if (const detail::removal left = remove(); !left.complete()) detail::report(left.text());
        },
        [](const char* what) { detail::report(what); });
  }

  [[nodiscard]] const std::filesystem::path& path() const& noexcept { return entry_.path(); }
  const std::filesystem::path& path() const&& = delete;

  /// The directory stays, and outlives the run.
  void keep() { entry_.keep(); }

  /// Removes the directory now. An `apart::error` names what could not be removed. The second time does nothing.
  void close() {
    if (const detail::removal left = remove(); !left.complete()) detail::raise(error(left.text()));
  }

 private:
  detail::removal remove() {
    return entry_.give_up() ? detail::discard_tree(entry_.path().native()) : detail::removal();
  }

  detail::temporary_entry entry_;
};

APART_END_NAMESPACE
