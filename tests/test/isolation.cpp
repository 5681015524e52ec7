#include <apart/test/isolation.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <apart/file/temp_dir.hpp>
#include <apart/process/scoped_cwd.hpp>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

namespace fs = std::filesystem;
using apart::brought_in;
using apart::own_directory;
using support::error_of;
using support::text_of;
using support::write_file;

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "(unset)";
}

/// A start directory with files that tests want.
struct start {
  start() {
    fs::create_directories(dir.path() / "data/in");
    write_file(dir.path() / "data/in/numbers", "1 2 3");
    write_file(dir.path() / "data/settings", "old");
    write_file(dir.path() / ".hidden", "dot");
  }
  apart::temp_dir dir;
  apart::scoped_cwd inside{dir.path()};
};

}  // namespace

TEST_CASE("an own directory is empty, so is its parent's new entry, and all goes with it") {
  const fs::path before = fs::current_path();
  const std::string home = variable("HOME");
  const std::string tests = variable("TEST_TMPDIR");
  fs::path inside;
  {
    const own_directory here;
    inside = fs::current_path();
    CHECK(inside != before);
    CHECK(fs::is_empty(inside));
    write_file("test.db", "rows");
    write_file("../settings.ini", "private, too");
    CHECK(fs::path(variable("TMPDIR")).parent_path() == inside.parent_path());
    CHECK(variable("TMP") == variable("TMPDIR"));
    CHECK(variable("TEMP") == variable("TMPDIR"));
    CHECK(variable("TEST_TMPDIR") == variable("TMPDIR"));
    CHECK(fs::is_directory(variable("TMPDIR")));
    CHECK(fs::is_directory(variable("HOME")));
    CHECK(variable("XDG_CONFIG_HOME") == variable("HOME") + "/.config");
    CHECK(variable("XDG_RUNTIME_DIR") == variable("XDG_RUNTIME_DIR"));
  }
  CHECK(fs::current_path() == before);
  CHECK(variable("HOME") == home);
  CHECK(variable("TEST_TMPDIR") == tests);
  CHECK_FALSE(fs::exists(inside.parent_path()));
}

TEST_CASE("two own directories, one in the other, share nothing") {
  const own_directory outer;
  const fs::path place = fs::current_path();
  {
    const own_directory inner;
    CHECK(fs::current_path().parent_path() != place.parent_path());
  }
  CHECK(fs::current_path() == place);
}

TEST_CASE("links lead to the originals, copies do not, and both keep their places") {
  const start here;
  const apart::temp_dir elsewhere;
  write_file(elsewhere.path() / "absolute", "by its name");
  {
    const own_directory test(brought_in{{"data/in/", "../" + here.dir.path().filename().string() + "/.hidden",
                                         (elsewhere.path() / "absolute").string()},
                                        {"./data/settings"}});
    CHECK(text_of("data/in/numbers") == "1 2 3");
    CHECK(fs::is_symlink("data/in"));
    CHECK(text_of("absolute") == "by its name");
    CHECK(text_of("../" + here.dir.path().filename().string() + "/.hidden") == "dot");
    write_file("data/settings", "new");
    write_file("data/in/numbers", "4 5 6");
  }
  CHECK(text_of("data/settings") == "old");
  CHECK(text_of("data/in/numbers") == "4 5 6");
}

TEST_CASE("a dot brings every entry of the start directory, beside what is copied") {
  const start here;
  const own_directory test(brought_in{{"."}, {"data/settings"}});
  CHECK(text_of(".hidden") == "dot");
  CHECK(fs::is_symlink(".hidden"));
  CHECK(text_of("data/in/numbers") == "1 2 3");
  CHECK_FALSE(fs::is_symlink("data/settings"));
}

TEST_CASE("what is not there, or has no place in an own directory, is refused by its name") {
  const start here;
  CHECK(error_of([] { const own_directory test(brought_in{{"nothing"}}); }) ==
        "--link=nothing: '" + (fs::current_path() / "nothing").string() + "' is not there");
  CHECK(error_of([] {
          const own_directory test(brought_in{{}, {"../.."}});
        }) == "--copy=../..: has its place outside of a test's own directory and its parent");
  CHECK(error_of([] { const own_directory test(brought_in{{".."}}); }).find("--link=..: has its place outside") == 0);
  CHECK(fs::current_path() == fs::canonical(here.dir.path()));
}
