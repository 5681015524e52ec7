#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/error.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE

/// A new, empty file without a name, open for reading and appending: for data that nobody has to find by a path.
///
///     apart::anonymous_file pages;
///     pages.write(text);
///     map_read_only(pages.native_handle());
///
/// The system removes it with its last descriptor, however the process ends: after kill -9 there is nothing to sweep, and
/// nobody who cleans up temporary directories can take it away. It stands on the file system of the run's directory
/// (`temp_dir` says where). On a file system that has no such files it has a name for a moment; who is killed just then
/// leaves it to the next run's sweep.
/// Windows: it has a name that nobody knows, and goes with its handle.
/// Owner: one object. Moving moves it; a moved-from object holds no file. Fork: the child's copy is the same file, as with
/// any descriptor. The descriptor is close-on-exec. Threads: distinct objects from any; one object from one at a time.
/// Errors: `apart::error`; the forms with a `std::error_code&` set it instead, to nothing where they succeed.
class [[nodiscard]] anonymous_file {
 public:
  [[nodiscard]] anonymous_file() { detail::raise_if(make()); }
  [[nodiscard]] explicit anonymous_file(std::error_code& failed) { failed = make().code; }

  /// Stays this object's: valid until `close` or the destructor. Every write to it appends.
  [[nodiscard]] detail::descriptor::native native_handle() const noexcept { return file_.get(); }

  void write(std::string_view text) { detail::raise_if(append(text)); }
  void write(std::string_view text, std::error_code& failed) { failed = append(text).code; }

  /// All that it holds, wherever the descriptor's offset stands.
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

  /// The error says that what was written may be lost. The second time does nothing.
  void close() { detail::raise_if(end()); }
  void close(std::error_code& failed) { failed = end().code; }

 private:
  detail::fault make() {
    detail::fault failed;
    directory_ = detail::run_directory(failed);
    return failed ? failed : outcome_of("make", detail::make_anonymous_file(*directory_, file_));
  }
  detail::fault append(std::string_view text) { return outcome_of("write to", detail::write_all(file_, text)); }
  detail::fault read_into(std::string& text) const { return outcome_of("read", detail::read_from_start(file_, text)); }
  detail::fault end() { return outcome_of("close", file_.close()); }

  detail::fault outcome_of(const char* action, int code) const {
    const std::string place = directory_ != nullptr ? " in '" + *directory_ + "'" : std::string();
    return detail::system_fault(code, std::string("cannot ") + action + " an anonymous file" + place);
  }

  detail::descriptor file_;
  const std::string* directory_ = nullptr;  ///< never destroyed
};

APART_END_NAMESPACE
