#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include <apart/detail/environment.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/path_text.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The file by which a runner sees that a test program ended before its tests did, whatever its exit status says: it is
/// there while this object is, and stays when the process ends by exit, _exit, abort or a signal. By the protocol of
/// GoogleTest and Bazel, `TEST_PREMATURE_EXIT_FILE` names it; where that is unset or empty, nothing is done.
///
/// Scope: the process that made the object, for the time in which tests run. A forked child's copy removes nothing. The
/// variable is emptied: a program that a test starts would take the file for its own, and remove it.
/// Threads: one. Errors: `apart::error` that names the variable and the path when the file cannot be made; one that
/// cannot be removed is reported, and stays for the runner to see.
class premature_exit_file {
 public:
  premature_exit_file() {
    const std::string path = detail::variable(name).value_or("");
    if (path.empty()) return;
    raise_if(system_fault(overwrite_file(path, "0"), std::string(name) + "='" + path + "' (cannot be made)"));
    std::error_code unknown;
    path_ = path_text(std::filesystem::absolute(path_of(path), unknown));  // tests may change the working directory
    if (unknown) path_ = path;
    empty_variable(name);
  }
  ~premature_exit_file() {
    if (path_.empty() || !owner_.is_this_process()) return;
    const int code = remove_file(path_);
    if (code != ENOENT) report(system_fault(code, std::string(name) + "='" + path_ + "' (cannot be removed)"));
  }
  premature_exit_file(const premature_exit_file&) = delete;
  premature_exit_file& operator=(const premature_exit_file&) = delete;

 private:
  static constexpr const char* name = "TEST_PREMATURE_EXIT_FILE";

  std::string path_;
  process_owner owner_;
};

}  // namespace detail
APART_END_NAMESPACE
