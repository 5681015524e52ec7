#include <apart/process/scoped_cwd.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using apart::scoped_cwd;
using support::names_in;
namespace fs = std::filesystem;

namespace {

static_assert(!std::is_copy_constructible_v<scoped_cwd> && !std::is_copy_assignable_v<scoped_cwd>);
static_assert(std::is_nothrow_move_constructible_v<scoped_cwd> && std::is_nothrow_move_assignable_v<scoped_cwd>);
static_assert(!std::is_constructible_v<scoped_cwd, std::nullptr_t>);
static_assert(!std::is_convertible_v<fs::path, scoped_cwd>);

std::string reported;
void collect(const char* line) { reported += line; }

/// Four directories, the first of which is the working directory of a test.
struct four_places {
  support::place here;
  fs::path a = made("a");
  fs::path b = made("b");
  fs::path c = made("c");
  fs::path d = made("d");
  const fs::path before = fs::current_path();

  four_places() {
    fs::current_path(a);
    reported.clear();
    apart::set_report_handler(collect);
  }
  ~four_places() {
    apart::set_report_handler(nullptr);
    fs::current_path(before);
  }

 private:
  fs::path made(const char* name) const {
    fs::create_directory(here.path() / name);
    return here.path() / name;
  }
};

const std::string way_out =
    "; from here on relative paths may fail: keep that directory until the guard has "
    "gone, or change to one that is there";

std::string pwd() {
  const char* const value = std::getenv("PWD");
  return value != nullptr ? value : "(unset)";
}

}  // namespace

TEST_CASE("an absolute path, a relative one and '.' change the directory, and it is changed back") {
  const four_places places;
  for (const fs::path& path : {places.b, fs::path("../b")}) {
    {
      const scoped_cwd there(path);
      CHECK(fs::current_path() == places.b);
    }
    CHECK(fs::current_path() == places.a);
  }
  {
    const scoped_cwd there(".");
    CHECK(fs::current_path() == places.a);
    fs::current_path(places.c);
  }
  CHECK(fs::current_path() == places.a);
}

TEST_CASE("the directory is changed back also where the test has changed it further") {
  const four_places places;
  {
    const scoped_cwd there(places.b);
    fs::current_path("../c");
  }
  CHECK(fs::current_path() == places.a);
  CHECK(reported.empty());
}

TEST_CASE("PWD follows where it is set, and is put back exactly") {
  const four_places places;
  ::setenv("PWD", "/what/ever", 1);
  {
    const scoped_cwd there("../b");
    CHECK(fs::path(pwd()) == places.b);
    ::setenv("PWD", "changed", 1);
  }
  CHECK(pwd() == "/what/ever");
  ::unsetenv("PWD");
  {
    const scoped_cwd there(places.b);
    CHECK(pwd() == "(unset)");
  }
  CHECK(pwd() == "(unset)");
}

TEST_CASE("guards that go in any order leave the directory that the first one found") {
  const std::vector<std::vector<int>> orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (const std::vector<int>& order : orders) {
    const four_places places;
    const fs::path targets[] = {places.b, places.c, places.d};
    std::optional<scoped_cwd> guards[3];
    for (int i = 0; i < 3; ++i) guards[i].emplace(targets[i]);
    for (const int goes : order) {
      guards[goes].reset();
      fs::path expected = places.a;
      for (int i = 0; i < 3; ++i) {
        if (guards[i]) expected = targets[i];
      }
      CHECK(fs::current_path() == expected);
    }
  }
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a former directory that was renamed is found under its new name") {
  const four_places places;
  {
    const scoped_cwd there(places.b);
    fs::rename(places.a, places.here.path() / "renamed");
  }
  CHECK(fs::current_path() == places.here.path() / "renamed");
}

TEST_CASE("where the former directory was made anew, the new one is the working directory") {
  const four_places places;
  {
    const scoped_cwd there(places.b);
    fs::remove(places.a);
    fs::create_directory(places.a);
  }
  CHECK(fs::current_path() == places.a);
  CHECK(reported.empty());
}

TEST_CASE("a former directory that was removed is reported, and nothing is made elsewhere") {
  const four_places places;
  CHECK_NOTHROW([&] {
    const scoped_cwd there(places.b);
    fs::remove(places.a);
  }());
  CHECK(reported == "scoped_cwd: cannot go back to '" + places.a.string() + "': No such file or directory" + way_out);
  support::write_file("file", "x");
  CHECK(names_in(places.here.path()) == std::vector<std::string>{"b", "c", "d"});
  CHECK(names_in(places.b).empty());
}

TEST_CASE("a guard that is made in a directory that was removed goes back nowhere, and says so") {
  const four_places places;
  fs::remove(places.a);
  {
    const scoped_cwd there(places.b);
    CHECK(fs::current_path() == places.b);
  }
  CHECK(reported ==
        "scoped_cwd: cannot go back to where it came from, a directory without a path: No such file or directory" +
            way_out);
}

TEST_CASE("the way back needs no right to read the former directory") {
  const four_places places;
  const auto ended = support::in_child([&](int output) {
    fs::permissions(places.a, fs::perms(0111));
    support::become_nobody();
    { const scoped_cwd there(places.b); }
    support::write_all(output, fs::current_path().string() + reported);
  });
  CHECK(ended.output == places.a.string());
}
#endif

TEST_CASE("a directory that cannot be entered is an error that names it, and nothing has changed") {
  const four_places places;
  ::setenv("PWD", "before", 1);
  const int before = support::open_descriptors();
  CHECK(support::error_of([] { const scoped_cwd there("absent"); }) ==
        "scoped_cwd: cannot change to 'absent': No such file or directory");
  CHECK(fs::current_path() == places.a);
  CHECK(pwd() == "before");
  CHECK(support::open_descriptors() == before);
  { const scoped_cwd there(places.b); }
  CHECK(fs::current_path() == places.a);
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("a moved guard of the working directory has one duty, and a moved-from one none") {
  const four_places places;
  {
    scoped_cwd one(places.b);
    scoped_cwd& same = one;
    one = std::move(same);
    CHECK(fs::current_path() == places.b);
    scoped_cwd taken = std::move(one);
    { const scoped_cwd empty = std::move(one); }
    CHECK(fs::current_path() == places.b);
    scoped_cwd two(places.c);
    two = std::move(taken);
    CHECK(fs::current_path() == places.b);
  }
  CHECK(fs::current_path() == places.a);
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a forked child goes back by itself, and its parent stays") {
  const four_places places;
  std::optional<scoped_cwd> there;
  there.emplace(places.b);
  const auto ended = support::in_child([&](int output) {
    there.reset();
    support::write_all(output, fs::current_path().string());
  });
  CHECK(ended.output == places.a.string());
  CHECK(fs::current_path() == places.b);
}

TEST_CASE("what this process starts inherits no descriptor of the former directory") {
  const four_places places;
  const scoped_cwd there(places.b);
  const auto ended = support::in_child([](int output) {
    ::dup2(output, 1);
    ::execl("/bin/sh", "sh", "-c", "ls -l /proc/self/fd", static_cast<char*>(nullptr));
  });
  CHECK_FALSE(ended.output.empty());
  CHECK_FALSE(support::contains(ended.output, places.a.string()));
}
#endif
