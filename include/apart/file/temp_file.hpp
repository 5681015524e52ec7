#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <apart/detail/atomic_write.hpp>
#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/file/detail/temporary_entry.hpp>

APART_BEGIN_NAMESPACE

/// A new, empty file of mode 0600 that nobody else has, open for reading and appending, removed when its owner goes.
///
///     apart::temp_file policy("policy", ".json");
///     policy.replace(R"({"retries": 3})");
///     load_policy(policy.path());
///
/// Scope: whoever holds the object; the file stands in the run's own directory, below `APART_TMPDIR`, `TEST_TMPDIR`,
/// `TMPDIR` or /tmp, whichever is set first. Its path is absolute, free of links, and the same after a chdir.
/// Owner: one object in one process. Moving moves the ownership; a moved-from object does nothing. A forked child's
/// copy removes nothing; the descriptor is close-on-exec. Destruction: closes and removes the file. It never throws;
/// what went wrong is said on stderr. A file that somebody has removed already is no error. Kept: after `keep()`, and
/// where `APART_KEEP` says so (`all`, or `failed` when the running test has failed), the file stays and its path is
/// printed on stderr, once. Crash: the next run that makes a directory removes what a killed process left. Threads:
/// distinct objects from any; one object from one at a time. Errors: `apart::error` that names the path, or the
/// variable that chose a place where nothing can be made.
class [[nodiscard]] temp_file {
 public:
  [[nodiscard]] temp_file() : temp_file(std::string_view()) {}

  /// `prefix` begins the file's name: up to 24 bytes of it, everything but letters, digits, '_' and '-' as '_'.
  /// `suffix` ends it: up to 64 bytes, in which dots stay as well.
  [[nodiscard]] explicit temp_file(std::string_view prefix, std::string_view suffix = {})
      : entry_("temporary file", prefix, suffix,
               [this](const std::string& path) { return detail::make_private_file(path, file_); }) {}
  temp_file(std::nullptr_t) = delete;

  [[nodiscard]] temp_file(temp_file&&) noexcept = default;
  temp_file& operator=(temp_file&& other) noexcept {
    temp_file taken(std::move(other));
    std::swap(file_, taken.file_);
    std::swap(entry_, taken.entry_);
    return *this;
  }
  ~temp_file() {
    detail::attempt([this] { remove([](const std::string& failure) { detail::report(failure); }); },
                    [](const char* what) { detail::report(what); });
  }

  [[nodiscard]] const std::filesystem::path& path() const& noexcept { return entry_.path(); }
  const std::filesystem::path& path() const&& = delete;

  /// The open file, which stays this object's: valid until `replace`, `close` or the destructor. Every write to it
  /// appends. After somebody else has renamed another file over the path, it is still the former file.
  [[nodiscard]] detail::descriptor::native native_handle() const noexcept { return file_.get(); }

  /// Appends to the open file.
  void write(std::string_view text) {
    require_open("write to");
    check("write to", detail::write_all(file_, text));
  }

  /// Puts a new file with this text in the place of the former one: whoever opens the path reads the old text or the
  /// new one, never a part. The handle is the new file's; one that was opened before goes on meaning the old text. On
  /// an error nothing has changed.
  void replace(std::string_view text) {
    require_open("replace");
    check("replace", detail::atomic_write(entry_.path().native(), text, file_));
  }

  /// What the file that stands at the path holds now, whoever wrote it.
  [[nodiscard]] std::string read() const {
    require_open("read");
    std::string text;
    check("read", detail::read_file(entry_.path().native(), text));
    return text;
  }

  /// The file stays, and outlives the run. The handle stays open.
  void keep() { entry_.keep(); }

  /// Closes and removes the file now. An `apart::error` says if either failed. The second time does nothing.
  void close() {
    remove([](const std::string& failure) { detail::raise(error(failure)); });
  }

 private:
  void require_open(const char* action) const {
    if (file_) return;
    detail::raise(error(std::string("cannot ") + action + " temporary file '" + entry_.path().native() +
                        "': it was closed or moved from"));
  }

  void check(const char* action, int code) const {
    if (code != 0) detail::raise_system(code, std::string("cannot ") + action + " '" + entry_.path().native() + "'");
  }

  template <class Failed>
  void remove(Failed failed) {
    const int closed = file_.close();
    const int removed = entry_.give_up() ? detail::remove_file(entry_.path().native()) : 0;
    if (closed == 0 && (removed == 0 || removed == ENOENT)) return;
    failed(entry_.path().native() + ": could not be " + (closed != 0 ? "closed: " : "removed: ") +
           std::generic_category().message(closed != 0 ? closed : removed));
  }

  detail::descriptor file_;
  detail::temporary_entry entry_;
};

APART_END_NAMESPACE
