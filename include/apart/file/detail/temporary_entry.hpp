#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <apart/detail/file_name.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/keep_policy.hpp>
#include <apart/error.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A name in the run's directory that one object of one process has to remove: what a temporary directory and a
/// temporary file have in common. Movable; a moved-from one, and a forked child's copy, owns nothing.
class temporary_entry {
 public:
  /// Draws names until `make(path)` returns 0; EEXIST asks for the next one, another error number is an `apart::error`.
  template <class Make>
  temporary_entry(const char* what, std::string_view prefix, std::string_view suffix, Make make) {
    current_keep_policy();
    std::string path = run_directory();
    path.append("/").append(file_prefix(prefix)).append("-");
    const std::size_t length = path.size();
    int code = EEXIST;
    while (code == EEXIST) {
      path.resize(length);
      path.append(random_file_part()).append(file_suffix(suffix));
      code = make(path);
    }
    if (code != 0) raise_system(code, std::string(what) + " '" + path + "'");
    path_ = std::move(path);
    owned_ = true;
  }

  temporary_entry(temporary_entry&& other) noexcept
      : path_(std::exchange(other.path_, {})), owner_(other.owner_), owned_(std::exchange(other.owned_, false)) {}
  temporary_entry& operator=(temporary_entry&& other) noexcept {
    temporary_entry taken(std::move(other));
    std::swap(path_, taken.path_);
    std::swap(owner_, taken.owner_);
    std::swap(owned_, taken.owned_);
    return *this;
  }

  const std::filesystem::path& path() const noexcept { return path_; }
  bool owned() const noexcept { return owned_ && owner_.is_this_process(); }

  /// The entry stays, and outlives the run.
  void keep() {
    if (!owned()) return;
    keep_in_run_directory(path_.native());
    owned_ = false;
  }

  /// Gives it up. True: it is to be removed now; else it is not this process's, or it stays by `APART_KEEP`.
  [[nodiscard]] bool give_up() {
    if (!owned()) return false;
    if (keeps_now()) {
      keep();
      return false;
    }
    owned_ = false;
    return true;
  }

 private:
  std::filesystem::path path_;
  process_owner owner_;
  bool owned_ = false;
};

}  // namespace detail
APART_END_NAMESPACE
