#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <apart/detail/path_text.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/working_directory.hpp>
#include <apart/error.hpp>
#include <apart/process/detail/environment_layers.hpp>
#include <apart/process/detail/layers.hpp>

APART_BEGIN_NAMESPACE

/// Changes the working directory, and goes back when it goes, wherever the process has gone meanwhile.
///
///     const apart::temp_dir dir;
///     const apart::scoped_cwd inside(dir.path());
///     run_what_writes("test.db");
///
/// Scope: this process, and what it starts meanwhile. The variable PWD, where it is set, follows, and is put back
/// exactly. Owner: one object. Moving moves the duty; a moved-from object does nothing. Guards may be nested and go in any
/// order; after the last has gone, the first one's former directory is the working directory again, also under a new
/// name. Where that was removed, a new one at its path; where there is none, that is reported, and nothing can be made in
/// the working directory until somebody changes it.
///
/// Threads: the guards exclude one another, and nobody else: every relative path that any thread uses means another
/// file from now on, and PWD changes as by `scoped_env`. Fork: the child has a working directory of its own, and its copy
/// of the guard goes back in the child only. Destruction: never throws; a failure is reported (`set_report_handler`).
/// Crash: ends with the process. Errors: `apart::error` that names the path; then nothing has changed.
class [[nodiscard]] scoped_cwd {
 public:
  [[nodiscard]] explicit scoped_cwd(const std::filesystem::path& path) {
    const detail::program_lock lock(detail::program_mutex());
    detail::working_directory former;
    int code = former.open();
    if (code == 0) {
      layer_ = changes().push(std::move(former));
      code = detail::change_working_directory(detail::path_text(path));
    }
    if (code != 0) {
      changes().pop(layer_, former);
      detail::raise_system(code, "scoped_cwd: cannot change to '" + detail::path_text(path) + "'");
    }
    if (!detail::variable("PWD")) return;
    std::error_code unknown;
    const std::filesystem::path here = std::filesystem::current_path(unknown);
    if (!unknown) detail::environment_layers::of_this_process().push("PWD", detail::path_text(here), variable_layer_);
  }
  scoped_cwd(std::nullptr_t) = delete;

  [[nodiscard]] scoped_cwd(scoped_cwd&& other) noexcept
      : layer_(std::exchange(other.layer_, 0)), variable_layer_(std::exchange(other.variable_layer_, 0)) {}
  scoped_cwd& operator=(scoped_cwd&& other) noexcept {
    scoped_cwd taken(std::move(other));
    std::swap(layer_, taken.layer_);
    std::swap(variable_layer_, taken.variable_layer_);
    return *this;
  }
  ~scoped_cwd() {
    if (layer_ == 0) return;
    detail::program_lock lock(detail::program_mutex());
    if (variable_layer_ != 0) detail::environment_layers::of_this_process().pop("PWD", variable_layer_);
    detail::working_directory former;
    if (!changes().pop(layer_, former)) return;
    const int code = former.enter();
    lock.unlock();
    if (code != 0) {
      const std::string where =
          former.path().empty() ? "where it came from, a directory without a path" : "'" + former.path() + "'";
      detail::report("scoped_cwd: cannot go back to " + where + ": " + std::generic_category().message(code) +
                     "; from here on relative paths may fail: keep that directory until the guard "
                     "has gone, or change to one that is there");
    }
  }

 private:
  static detail::layers<detail::working_directory>& changes() {
    static auto* const all = new detail::layers<detail::working_directory>;
    return *all;
  }

  std::uint64_t layer_ = 0;
  std::uint64_t variable_layer_ = 0;
};

APART_END_NAMESPACE
