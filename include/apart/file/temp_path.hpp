#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <apart/detail/path_text.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/error.hpp>
#include <apart/file/detail/temporary_entry.hpp>

APART_BEGIN_NAMESPACE

/// A new name in the file system for something that only its own library can make: a UNIX socket, a FIFO, a database.
///
///     auto socket = apart::temp_path::make_with("server", [&](const std::filesystem::path& path) {
///       std::error_code failed;
///       acceptor.bind(path.string(), failed);
///       return failed;
///     });
///     connect_to(socket.path());
///
/// All as with `temp_dir`, but for what stands there: a directory is removed with all that it holds, anything else by its
/// name. What else the library may write beside it ("-journal", "-wal") goes with the run; a `temp_dir` keeps such things
/// together. The path is short enough for the address of a UNIX socket wherever the root leaves room for that.
class [[nodiscard]] temp_path : detail::temporary_entry {
 public:
  /// Draws a name and calls `make(path)`, which returns a `std::error_code`: none when it has made what it is to make;
  /// EEXIST or EADDRINUSE, and it is called again with another name, up to 64 times in all; another one is the error.
  /// What it throws passes through.
  template <class Make>
  [[nodiscard]] static temp_path make_with(std::string_view prefix, Make make) {
    temp_path made;
    detail::raise_if(made.call(prefix, make));
    return made;
  }
  template <class Make>
  [[nodiscard]] static temp_path make_with(std::string_view prefix, Make make, std::error_code& failed) {
    temp_path made;
    failed = made.call(prefix, make).code;
    return made;
  }

  /// `path()`. Not for a temporary object, whose path would lead nowhere.
  using temporary_entry::path;

  /// `keep()`, `keep(std::error_code&)`: what was made stays, and outlives the run.
  using temporary_entry::keep;

  /// `close()`, `close(std::error_code&)`: removes it now. The second time does nothing.
  using temporary_entry::close;

 private:
  temp_path() = default;

  template <class Make>
  detail::fault call(std::string_view prefix, Make& make) {
    using result = std::invoke_result_t<Make&, const std::filesystem::path&>;
    static_assert(
        std::is_same_v<result, std::error_code>,
        "make(path) must return exactly std::error_code: none = made, EEXIST or EADDRINUSE = try another name");
    return create("temporary path", prefix, {}, detail::discard_tree,
                  [&make](const std::string& path) -> std::error_code {
                    return make(static_cast<const std::filesystem::path&>(detail::path_of(path)));
                  });
  }
};

APART_END_NAMESPACE
