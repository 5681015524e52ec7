#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <apart/context/context.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/name/unique_name.hpp>
#include <apart/test/detail/running_test.hpp>
#include <apart/test/detail/test_directories.hpp>

APART_BEGIN_NAMESPACE

/// What belongs to the test that runs now: it begins with the test's body and ends with its clean-ups. An adapter says
/// when (adapter/catch2.hpp: each run of a test case's body, so once per leaf section). Any thread of the process;
/// outside a test every function is an error that says so. A forked child inherits its parent's test, and none of its
/// clean-ups.
namespace this_test {

/// The name as the framework has it. Good until the test ends.
[[nodiscard]] inline std::string_view name() { return detail::running_test::now("this_test::name").name(); }

/// An empty directory of the test's own, made when it is first asked for: a `temp_dir` that goes with the clean-ups.
[[nodiscard]] inline const std::filesystem::path& dir() {
  return detail::test_directory
      .get("this_test::dir", [] { return temp_dir(detail::running_test::of_this_process().copy_of_name()); })
      .path();
}

/// A directory for what is to be looked at after the run: logs, a screenshot, a core. Made when it is first asked for, and
/// kept: below TEST_UNDECLARED_OUTPUTS_DIR, where that is set (Bazel, Test encyclopedia), else with the run's files, and
/// then its path is reported.
[[nodiscard]] inline const std::filesystem::path& artifact_dir() {
  return detail::artifact_directory.get("this_test::artifact_dir", detail::make_artifact_directory);
}

/// `apart::unique_name`, with the test's name where no prefix is given.
[[nodiscard]] inline std::string unique_name(std::string_view prefix = {}) {
  const detail::running_test& test = detail::running_test::now("this_test::unique_name");
  return apart::unique_name(prefix.empty() ? test.name() : prefix);
}

/// Cancelled just before the test's clean-ups, at its deadline (APART_TIMEOUT, 60 s, none under a debugger), and with the
/// process's context. In a clean-up: the clean-ups' own, which none of these has cancelled.
[[nodiscard]] inline context ctx() { return detail::running_test::now("this_test::ctx").ctx(); }

/// Runs `clean_up()` after the body, also after a failed assertion, an exception or a skip; the last registered first, in
/// one row with the end of `per_test`s and of `dir()`; one registered by a clean-up runs as well. All run though one throws,
/// and what it throws fails the test.
template <class F>
void on_cleanup(F clean_up) {
  static_assert(std::is_invocable_v<F&>, "apart: a clean-up is called without arguments");
  detail::running_test::now("this_test::on_cleanup").push(std::move(clean_up));
}

/// Runs now what has been registered so far, for fixtures whose members must outlive it. Throws an `apart::error` with
/// the texts of all that failed.
inline void run_cleanups() {
  std::string failures;
  detail::running_test::now("this_test::run_cleanups").run_clean_ups([&](const std::string& text) {
    failures += failures.empty() ? text : "; " + text;
  });
  if (!failures.empty()) detail::raise(error(failures));
}

}  // namespace this_test

APART_END_NAMESPACE
