#include <apart/detail/windows/remove_tree.hpp>

#include <chrono>
#include <string>
#include <thread>

#include <apart/detail/atomic_write.hpp>
#include <apart/detail/path_text.hpp>

#include <windows.h>

#include "catch.hpp"
#include "support/files.hpp"

using namespace apart::detail;
namespace fs = std::filesystem;

namespace {

/// Opened in the way of programs that know nothing of others.
descriptor opened_for_itself(const fs::path& path) {
  const HANDLE file = ::CreateFileW(path.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, 0, nullptr);
  REQUIRE(file != INVALID_HANDLE_VALUE);
  return descriptor(file);
}

}  // namespace

TEST_CASE("a tree goes with all that it holds, read-only files too, and nothing beside it") {
  const support::place here;
  const fs::path tree = here.path() / "tree";
  fs::create_directories(tree / "a" / "b");
  support::write_file(tree / "a" / "b" / "file", "text");
  support::write_file(tree / "read only", "text");
  ::SetFileAttributesW((tree / "read only").c_str(), FILE_ATTRIBUTE_READONLY);
  ::SetFileAttributesW((tree / "a").c_str(), FILE_ATTRIBUTE_READONLY);
  support::write_file(here.path() / "beside", "text");
  CHECK(discard_tree(path_text(tree)).text == "");
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"beside"});
  CHECK(remove_tree(path_text(here.path() / "not there")).text == "");
  CHECK(remove_tree(path_text(here.path() / "beside")).text == "");
  CHECK(support::names_in(here.path()).empty());
}

TEST_CASE("a tree whose paths are longer than the old limit goes") {
  const support::place here;
  std::string path = path_text(here.path()) + "/deep";
  REQUIRE(make_private_directory(path) == 0);
  for (int i = 0; i < 8; ++i) {
    path += '/' + std::string(50, 'x');
    REQUIRE(make_private_directory(path) == 0);
  }
  descriptor file;
  REQUIRE(make_private_file(path + "/file", file) == 0);
  file.close();
  CHECK(remove_tree(path_text(here.path() / "deep")).text == "");
  CHECK(support::names_in(here.path()).empty());
}

TEST_CASE("a file that somebody has open for himself is waited for, then named") {
  const support::place here;
  const fs::path tree = here.path() / "tree";
  const fs::path file = tree / "held";
  fs::create_directory(tree);
  support::write_file(file, "text");
  descriptor held = opened_for_itself(file);
  const fault failed = remove_tree(path_text(tree));
  CHECK(failed.text.find(path_text(file) + ": could not be removed") == 0);
  const fs::path before = tree / "before";  // is removed before it: the system lists names in their order
  support::write_file(before, "text");
  std::thread lets_go([&] {
    while (fs::exists(before)) std::this_thread::yield();
    held.close();
  });
  CHECK(remove_tree(path_text(tree)).text == "");
  lets_go.join();
  CHECK(support::names_in(here.path()).empty());
}

TEST_CASE("a file is replaced in one step, also one that is read as the library reads") {
  const support::place here;
  const std::string path = path_text(here.path() / "file");
  descriptor first, second;
  REQUIRE(atomic_write(path, path, existing_file::is_refused, "first", first) == 0);
  CHECK(atomic_write(path, path, existing_file::is_refused, "second", second) == EEXIST);
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"file"});
  first.close();
  REQUIRE(atomic_write(path, path, existing_file::is_replaced, "second", second) == 0);
  std::string text;
  CHECK(read_file(path, text) == 0);
  CHECK(text == "second");
}

TEST_CASE("a time of change is of now, and of a file that is not there 0") {
  const support::place here;
  const std::string path = path_text(here.path() / "list");
  CHECK(change_time(path) == 0);
  REQUIRE(append_line(path, "one") == 0);
  REQUIRE(append_line(path, "two") == 0);
  CHECK(support::text_of(here.path() / "list") == "one\ntwo\n");
  const auto now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  CHECK(std::abs(now - change_time(path)) < 10'000'000'000);
}
