#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <apart/detail/environment.hpp>
#include <apart/error.hpp>
#include <apart/test/isolation.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr const char* own_directory_variable = "APART_OWN_DIRECTORY";
inline constexpr const char* link_variable = "APART_LINK";
inline constexpr const char* copy_variable = "APART_COPY";

/// The directories that the adapters give to this process and to each of its tests, as the variables say. Their owner is
/// the thread that runs the tests.
class own_directories {
 public:
  static own_directories& of_this_process() {
    static auto* all = new own_directories;
    return *all;
  }

  /// For all that happens outside of tests, from now on until the process ends. Once; nothing where nobody asks for it. An
  /// `apart::error` where a variable makes no sense, or what is to be brought in is not there.
  void enter_process() {
    if (entered_) return;
    read();
    entered();
    if (kind_ != kind::none) static const own_directory of_process(files_, "process", start_);
  }
  /// Whether it has, or will have, directories of its own.
  bool wanted() {
    if (!entered_) read();
    return kind_ != kind::none;
  }

  void enter_test(std::string_view name) {
    enter_process();
    if (kind_ == kind::of_test) of_test_.emplace(files_, name, start_);
  }
  void leave_test() { of_test_.reset(); }

  /// An `apart::error` where the variables ask for what cannot be.
  static void check() {
    own_directories asked;
    asked.read();
    for (const std::string& path : asked.files_.links)
      static_cast<void>(place_of("link", path, asked.start_, "/a/cwd"));
    for (const std::string& path : asked.files_.copies)
      static_cast<void>(place_of("copy", path, asked.start_, "/a/cwd"));
  }

 private:
  enum class kind { none, of_test, of_process };

  void read() {
    const std::string asked = variable(own_directory_variable).value_or("");
    if (asked == "1" || asked == "test") {
      kind_ = kind::of_test;
    } else if (asked == "worker") {
      kind_ = kind::of_process;
    } else if (!asked.empty() && asked != "0") {
      raise(error(std::string(own_directory_variable) + "=" + asked + ": wants 1 (or test), worker, or 0"));
    }
    start_ = std::filesystem::current_path();
    files_ = {split(variable(link_variable).value_or("")), split(variable(copy_variable).value_or(""))};
  }

  /// What a test starts has no directories of its own below the test's, even where it is a test program.
  void entered() {
    entered_ = true;
    for (const char* name : {own_directory_variable, link_variable, copy_variable}) {
      if (variable(name)) static_cast<void>(set_variable(name, ""));
    }
  }

  static std::vector<std::string> split(const std::string& paths) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < paths.size();) {
      const std::size_t end = (std::min)(paths.find(path_separator, at), paths.size());
      if (end > at) all.push_back(paths.substr(at, end - at));
      at = end + 1;
    }
    return all;
  }

  bool entered_ = false;
  kind kind_ = kind::none;
  std::filesystem::path start_;
  brought_in files_;
  std::optional<own_directory> of_test_;
};

}  // namespace detail
APART_END_NAMESPACE
