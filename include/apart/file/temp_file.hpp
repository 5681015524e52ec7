#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <apart/detail/atomic_write.hpp>
#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/path_text.hpp>
#include <apart/detail/remove_tree.hpp>
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
/// Scope, owner, place, keeping, crash, Windows: as `temp_dir`. The descriptor is close-on-exec; on Windows it is a HANDLE,
/// which is not inherited.
/// Destruction: closes and removes the file. It never throws; what went wrong is reported (`set_report_handler`; stderr).
/// A file that somebody has removed already is no error.
/// Threads: distinct objects from any; one object from one at a time.
/// Errors: `apart::error` that names the path, or the variable that chose a place where nothing can be made. The forms
/// with a `std::error_code&` set it instead, to nothing where they succeed; a file that was not made has no path.
class [[nodiscard]] temp_file : detail::temporary_entry {
 public:
  [[nodiscard]] temp_file() : temp_file(std::string_view()) {}

  /// `prefix` begins the file's name: up to 24 bytes of it, everything but letters, digits, '_' and '-' as '_'.
  /// `suffix` ends it: up to 64 bytes, in which dots stay as well.
  [[nodiscard]] explicit temp_file(std::string_view prefix, std::string_view suffix = {}) {
    detail::raise_if(make(prefix, suffix));
  }
  [[nodiscard]] temp_file(std::string_view prefix, std::string_view suffix, std::error_code& failed) {
    failed = make(prefix, suffix).code;
  }
  temp_file(std::nullptr_t) = delete;

  [[nodiscard]] temp_file(temp_file&&) noexcept = default;
  temp_file& operator=(temp_file&&) noexcept = default;
  ~temp_file() {
    detail::attempt([this] { detail::report(end()); }, [](const char* what) { detail::report(what); });
  }

  /// `path()`. Not for a temporary object, whose file would be gone.
  using temporary_entry::path;

  /// The open file, which stays this object's: valid until `replace`, `close` or the destructor. Every write to it
  /// appends. After somebody else has renamed another file over the path, it is still the former file.
  [[nodiscard]] detail::descriptor::native native_handle() const noexcept { return file_.get(); }

  /// Appends to the open file.
  void write(std::string_view text) { detail::raise_if(append(text)); }
  void write(std::string_view text, std::error_code& failed) { failed = append(text).code; }

  /// Puts a new file with this text in the place of the former one: whoever opens the path reads the old text or the
  /// new one, never a part. The handle is the new file's; one that was opened before goes on meaning the old text. On
  /// an error nothing has changed. Windows refuses it while somebody has the file open who does not permit that.
  void replace(std::string_view text) { detail::raise_if(put_in_place(text)); }
  void replace(std::string_view text, std::error_code& failed) { failed = put_in_place(text).code; }

  /// What the file that stands at the path holds now, whoever wrote it.
  [[nodiscard]] std::string read() const {
    std::string text;
    detail::raise_if(read_into(text));
    return text;
  }
  [[nodiscard]] std::string read(std::error_code& failed) const {
    std::string text;
    failed = read_into(text).code;
    return text;
  }

  /// Gives the file to `target`, in one step, and closes it; this object is as after `close`. It stays 0600. Another file
  /// of that name is replaced, or refused (EEXIST) by `persist_noclobber`. Where `target` is on another file system, it
  /// is a copy that appears in one step. On an error both files are as before, and this object owns its own.
  void persist(const std::filesystem::path& target) {
    detail::raise_if(give(target, detail::existing_file::is_replaced));
  }
  void persist(const std::filesystem::path& target, std::error_code& failed) {
    failed = give(target, detail::existing_file::is_replaced).code;
  }
  void persist_noclobber(const std::filesystem::path& target) {
    detail::raise_if(give(target, detail::existing_file::is_refused));
  }
  void persist_noclobber(const std::filesystem::path& target, std::error_code& failed) {
    failed = give(target, detail::existing_file::is_refused).code;
  }

  /// `keep()`, `keep(std::error_code&)`: the file stays, and outlives the run. The handle stays open.
  using temporary_entry::keep;

  /// Closes and removes the file now. The error says if either failed. The second time does nothing.
  void close() { detail::raise_if(end()); }
  void close(std::error_code& failed) { failed = end().code; }

 private:
  detail::fault make(std::string_view prefix, std::string_view suffix) {
    return create("temporary file", prefix, suffix, detail::discard_file, [this](const std::string& path) {
      return std::error_code(detail::make_private_file(path, file_), std::generic_category());
    });
  }

  /// What comes of an action on the file that returned this number.
  detail::fault outcome_of(const std::string& action, int code) const {
    return detail::system_fault(code, "cannot " + action + " '" + detail::path_text(path()) + "'");
  }

  /// Why it cannot be done with a file that is not open.
  detail::fault refusal_of(const std::string& action) const {
    if (file_) return {};
    return {std::make_error_code(std::errc::bad_file_descriptor),
            "cannot " + action + " temporary file '" + detail::path_text(path()) + "': it was closed or moved from"};
  }

  detail::fault append(std::string_view text) {
    if (detail::fault refused = refusal_of("write to")) return refused;
    return outcome_of("write to", detail::write_all(file_, text));
  }

  detail::fault put_in_place(std::string_view text) {
    if (detail::fault refused = refusal_of("replace")) return refused;
    const std::string& own = detail::path_text(path());
    return outcome_of("replace", detail::atomic_write(own, own, detail::existing_file::is_replaced, text, file_));
  }

  detail::fault read_into(std::string& text) const {
    if (detail::fault refused = refusal_of("read")) return refused;
    return outcome_of("read", detail::read_file(detail::path_text(path()), text));
  }

  detail::fault give(const std::filesystem::path& target, detail::existing_file other) {
    const std::string action = "persist as '" + detail::path_text(target) + "' the";
    if (detail::fault refused = refusal_of(action)) return refused;
    if (detail::fault failed =
            outcome_of(action, detail::move_anywhere(detail::path_text(path()), detail::path_text(target), other))) {
      return failed;
    }
    disown();
    return detail::system_fault(file_.close(),
                                "'" + detail::path_text(target) + "' may be incomplete: it could not be closed");
  }

  detail::fault end() {
    const int closed = file_.close();
    if (detail::fault left = remove()) return left;
    return detail::system_fault(closed, detail::path_text(path()) + ": could not be closed");
  }

  detail::descriptor file_;
};

APART_END_NAMESPACE
