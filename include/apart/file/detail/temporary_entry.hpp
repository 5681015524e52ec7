#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/keep_policy.hpp>
#include <apart/detail/path_text.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/socket_address.hpp>
#include <apart/error.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Something in the run's directory that one object of one process has to remove: what temporary directories, files and
/// paths have in common. Movable; a default-made or moved-from one, and a forked child's copy, owns nothing.
class temporary_entry {
 public:
  temporary_entry() = default;
  temporary_entry(temporary_entry&& other) noexcept
      : path_(std::exchange(other.path_, {})), owner_(other.owner_), discard_(std::exchange(other.discard_, nullptr)) {}
  temporary_entry& operator=(temporary_entry&& other) noexcept {
    temporary_entry taken(std::move(other));
    std::swap(path_, taken.path_);
    std::swap(owner_, taken.owner_);
    std::swap(discard_, taken.discard_);
    return *this;
  }
  ~temporary_entry() {
    attempt([this] { report(remove()); }, [](const char* what) { report(what); });
  }

  [[nodiscard]] const std::filesystem::path& path() const& noexcept { return path_; }
  const std::filesystem::path& path() const&& = delete;

  void keep() { raise_if(stay()); }
  void keep(std::error_code& failed) { failed = stay().code; }

  void close() { raise_if(remove()); }
  void close(std::error_code& failed) { failed = remove().code; }

 protected:
  /// How it is removed; nothing there is no fault.
  using discard_function = fault (*)(const std::string& path);

  /// Draws names until `make(path)` returns a std::error_code that does not say that the name is taken. `what` it is, for
  /// an error.
  template <class Make>
  fault create(const char* what, std::string_view prefix, std::string_view suffix, discard_function discard,
               Make make) {
    current_keep_policy();
    fault failed;
    const std::string* const directory = run_directory(failed);
    if (directory == nullptr) return failed;
    std::string path = *directory;
    path.append("/").append(file_prefix(prefix)).append("-");
    const std::size_t length = path.size();
    std::error_code code = std::make_error_code(std::errc::file_exists);
    for (int attempt = 0; attempt < most_attempts && is_taken(code); ++attempt) {
      path.resize(length);
      path.append(random_file_part()).append(file_suffix(suffix));
      code = make(static_cast<const std::string&>(path));
    }
    if (code) return {code, std::string(what) + " '" + path + "': " + code.message() + advice(code, path)};
    path_ = path_of(std::move(path));
    discard_ = discard;
    return {};
  }

  bool owned() const noexcept { return discard_ != nullptr && owner_.is_this_process(); }

  /// It is somebody else's from now on.
  void disown() noexcept { discard_ = nullptr; }

  /// It stays, and outlives the run.
  fault stay() {
    if (!owned()) return {};
    fault failed = keep_in_run_directory(path_text(path_));
    if (!failed) disown();
    return failed;
  }

  /// Removes it, unless it is not this process's, or stays by `APART_KEEP`.
  fault remove() {
    if (!owned()) return {};
    if (keeps_now()) return stay();
    return std::exchange(discard_, nullptr)(path_text(path_));
  }

 private:
  /// Names are drawn from 2^50: only what takes every name for taken gets that far.
  static constexpr int most_attempts = 64;

  static bool is_taken(const std::error_code& code) noexcept {
    return code == std::errc::file_exists || code == std::errc::address_in_use;
  }

  static std::string advice(const std::error_code& code, const std::string& path) {
    if (is_taken(code)) return ", as with " + std::to_string(most_attempts - 1) + " names before";
    return code == std::errc::filename_too_long ? " (" + why_no_socket(path) + ")" : std::string();
  }

  std::filesystem::path path_;
  process_owner owner_;
  discard_function discard_ = nullptr;  ///< null: it owns nothing
};

}  // namespace detail
APART_END_NAMESPACE
