#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/error.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/test/detail/running_test.hpp>
#include <apart/test/detail/test_slot.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A directory for what a test leaves to people: in the one that Bazel collects (TEST_UNDECLARED_OUTPUTS_DIR, "Test
/// encyclopedia"), named like the test, with a number behind it where that is taken; or, where the variable is not set, in
/// the run's own, kept.
inline std::filesystem::path make_artifact_directory() {
  const std::string test = running_test::now("this_test::artifact_dir").copy_of_name();
  const char* const collected = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  if (collected == nullptr || *collected == '\0') {
    temp_dir made(test);
    const std::filesystem::path path = made.path();
    made.keep();
    return path;
  }
  const std::string wanted = std::filesystem::absolute(collected).string() + '/' + file_suffix(test);
  std::string path = wanted;
  int code = make_private_directory(path);
  for (int number = 2; code == EEXIST; ++number) {
    path = wanted + '.' + std::to_string(number);
    code = make_private_directory(path);
  }
  if (code != 0) {
    raise_system(code,
                 "this_test::artifact_dir: cannot make '" + path + "' (TEST_UNDECLARED_OUTPUTS_DIR=" + collected + ")");
  }
  return path;
}

inline test_slot<temp_dir> test_directory;
inline test_slot<std::filesystem::path> artifact_directory;

}  // namespace detail
APART_END_NAMESPACE
