#include <apart/process/detail/shard_status_file.hpp>

#include <filesystem>
#include <string>

#include <sys/stat.h>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using apart::detail::touch_shard_status_file;
namespace fs = std::filesystem;

namespace {

/// What comes of it in a process that finds these variables.
std::string touched(const std::string& gtest, const std::string& bazel) {
  return support::in_child([&](int output) {
           ::setenv("GTEST_SHARD_STATUS_FILE", gtest.c_str(), 1);
           ::setenv("TEST_SHARD_STATUS_FILE", bazel.c_str(), 1);
           support::write_all(output, support::error_of(touch_shard_status_file));
         })
      .output;
}

}  // namespace

TEST_CASE("the files that the runners name are there afterwards, and no others") {
  const support::place here;
  CHECK(touched("", "").empty());
  CHECK(support::in_child([](int output) {
          for (const char* const name : {"GTEST_SHARD_STATUS_FILE", "TEST_SHARD_STATUS_FILE"}) ::unsetenv(name);
          support::write_all(output, support::error_of(touch_shard_status_file));
        }).output.empty());
  CHECK(support::names_in(here.path()).empty());
  CHECK(touched(here.path() / "gtest", "").empty());
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"gtest"});
  CHECK(touched("", here.path() / "bazel").empty());
  CHECK(touched(here.path() / "one", here.path() / "other").empty());
  CHECK(touched(here.path() / "same", here.path() / "same").empty());
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"bazel", "gtest", "one", "other", "same"});
}

TEST_CASE("a file that is there gets the time of now") {
  const support::place here;
  const fs::path file = here.path() / "status";
  support::write_file(file, "");
  fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
  const auto before = fs::last_write_time(file);
  CHECK(touched("", file).empty());
  CHECK(fs::last_write_time(file) > before + std::chrono::minutes(59));
}

TEST_CASE("a file that cannot be made is an error that names the variable and the path") {
  const support::place here;
  const std::string absent = here.path() / "absent" / "status";
  CHECK(touched(absent, "") == "GTEST_SHARD_STATUS_FILE='" + absent + "' (cannot be made): No such file or directory");
  CHECK(touched("", absent) == "TEST_SHARD_STATUS_FILE='" + absent + "' (cannot be made): No such file or directory");
}
