#include <apart/file/temp_file.hpp>

#include <string>
#include <system_error>
#include <utility>

#include <apart/file/anonymous_file.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/file/temp_path.hpp>

#include <windows.h>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/self.hpp"

namespace fs = std::filesystem;

TEST_CASE("a directory and a file are new, in the run's directory, and go with their owner") {
  fs::path directory, file;
  {
    const apart::temp_dir dir("or ders");
    const apart::temp_file made("policy", ".json");
    directory = dir.path();
    file = made.path();
    CHECK(directory.is_absolute());
    CHECK(directory.parent_path() == file.parent_path());
    CHECK(directory.filename().string().rfind("or_ders-", 0) == 0);
    CHECK(file.extension() == ".json");
    CHECK(file.string().find('/') == std::string::npos);
    CHECK(fs::is_empty(directory));
    support::write_file(directory / "file", "text");
    ::SetFileAttributesW((directory / "file").c_str(), FILE_ATTRIBUTE_READONLY);
  }
  CHECK_FALSE(fs::exists(directory));
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("write appends, read returns what stands at the path, replace puts a new file there") {
  apart::temp_file file;
  file.write("one ");
  file.write("two");
  CHECK(file.read() == "one two");
  {
    std::ifstream reads(file.path());  // it lets others replace the file only where the system can do that at all
  }
  file.replace("new");
  CHECK(file.read() == "new");
  file.write(" and more");
  CHECK(support::text_of(file.path()) == "new and more");
  DWORD written = 0;
  CHECK(::WriteFile(file.native_handle(), "!", 1, &written, nullptr));
  CHECK(file.read() == "new and more!");
  DWORD flags = HANDLE_FLAG_INHERIT;
  CHECK(::GetHandleInformation(file.native_handle(), &flags));
  CHECK((flags & HANDLE_FLAG_INHERIT) == 0);
}

TEST_CASE("a file is persisted, or refused where another one has its name") {
  const apart::temp_dir dir;
  const fs::path target = dir.path() / L"gr\u00fc\u00df.txt";
  apart::temp_file first;
  first.write("first");
  first.persist(target);
  CHECK(support::text_of(target) == "first");
  apart::temp_file second;
  second.write("second");
  std::error_code refused;
  second.persist_noclobber(target, refused);
  CHECK(refused == std::errc::file_exists);
  CHECK(support::text_of(target) == "first");
  second.persist(target);
  CHECK(support::text_of(target) == "second");
}

TEST_CASE("a moved file has one owner, and one that is closed says so") {
  apart::temp_file one;
  const fs::path path = one.path();
  apart::temp_file two = std::move(one);
  CHECK(fs::exists(path));
  CHECK(support::contains(support::error_of([&] { one.write("x"); }), "it was closed or moved from"));
  two.close();
  CHECK_FALSE(fs::exists(path));
  two.close();
}

TEST_CASE("what cannot be removed is an error of close, and a line of the destructor") {
  static std::string reported;
  apart::set_report_handler([](const char* line) { reported = line; });
  fs::path path;
  HANDLE held = nullptr;
  {
    apart::temp_dir dir;
    path = dir.path();
    support::write_file(path / "file", "text");
    held = ::CreateFileW((path / "file").c_str(), GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0, nullptr);
    REQUIRE(held != INVALID_HANDLE_VALUE);
  }
  apart::set_report_handler(nullptr);
  CHECK(support::contains(reported, "could not be removed"));
  ::CloseHandle(held);
}

TEST_CASE("an anonymous file holds what is written, and goes with its handle") {
  apart::anonymous_file file;
  file.write("one ");
  file.write("two");
  CHECK(file.read() == "one two");
  file.close();
  CHECK(support::contains(support::error_of([&] { file.write("x"); }), "cannot write to an anonymous file"));
}

TEST_CASE("a path is somebody else's to make") {
  int asked = 0;
  fs::path path;
  {
    const auto made = apart::temp_path::make_with("db", [&](const fs::path& given) {
      if (++asked < 3) return std::make_error_code(std::errc::file_exists);
      support::write_file(given, "text");
      return std::error_code();
    });
    path = made.path();
    CHECK(support::text_of(path) == "text");
  }
  CHECK(asked == 3);
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("what a killed process leaves goes with the next run, and what lives stays") {
  const support::place here;
  support::self killed("has files", {{"APART_TMPDIR", here.path().string()}, {"APART_RUN_ID", "killed"}});
  support::self lives("has files", {{"APART_TMPDIR", here.path().string()}, {"APART_RUN_ID", "lives"}});
  const fs::path of_killed = killed.hear(), of_living = lives.hear();
  CHECK(fs::exists(of_killed));
  CHECK(fs::exists(of_living));
  killed.kill();
  support::self next("has files", {{"APART_TMPDIR", here.path().string()}, {"APART_RUN_ID", "next"}});
  const fs::path of_next = next.hear();
  CHECK_FALSE(fs::exists(of_killed));
  CHECK_FALSE(fs::exists(of_killed.parent_path()));
  CHECK(fs::exists(of_living));
  lives.let_go_on();
  CHECK(lives.wait() == 0);
  CHECK_FALSE(fs::exists(of_living.parent_path()));
  next.let_go_on();
  CHECK(next.wait() == 0);
  CHECK(support::names_in(here.root()).empty());
}
TEST_CASE("has files", "[.][self]") {
  const apart::temp_file file;
  support::say(file.path().string());
  support::wait_to_go_on();
}
