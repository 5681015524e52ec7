#include <apart/detail/user_root.hpp>

#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using apart::detail::fault;
using apart::detail::find_coordination_root;
using apart::detail::find_files_root;
using apart::detail::make_root;
using apart::detail::user_root;
using support::contains;
namespace fs = std::filesystem;

namespace {

/// The place of the root that a process with these variables finds; or the text of the fault.
std::string place_by(fault (*find)(user_root&), support::environment variables) {
  return support::fresh_child(variables,
                              [&](int output) {
                                user_root root;
                                const fault failed = find(root);
                                support::write_all(output, failed ? failed.text : root.place());
                              })
      .wait()
      .output;
}

/// "" where the root can be used, else why not.
std::string refusal(const support::place& here) {
  user_root root;
  root.path = here.root();
  root.source = "TMPDIR='here'";
  return make_root(root).text;
}

}  // namespace

TEST_CASE("files stand in the first place that a variable names, and the system's where none does") {
  const support::place here;
  for (const char* const name : {"a", "b", "c"}) fs::create_directory(here.path() / name);
  const std::string a = here.path() / "a";
  const std::string b = here.path() / "b";
  const std::string c = here.path() / "c";
  CHECK(place_by(find_files_root, {{"APART_TMPDIR", a}, {"TEST_TMPDIR", b}, {"TMPDIR", c}}) == a);
  CHECK(place_by(find_files_root, {{"TEST_TMPDIR", b}, {"TMPDIR", c}}) == b);
  CHECK(place_by(find_files_root, {{"APART_TMPDIR", ""}, {"TMPDIR", c}}) == c);
  CHECK(place_by(find_files_root, {{"APART_COORDINATOR", "file:" + a}, {"XDG_RUNTIME_DIR", b}}) == "/tmp");
  CHECK(place_by(find_files_root, {{"TEST_TMPDIR", "/not/there"}, {"TMPDIR", c}}) ==
        "TEST_TMPDIR='/not/there' (name a directory that you may write to, or unset it): No such file or directory");
}

TEST_CASE("processes meet where the coordinator says, else in a place that does not depend on TMPDIR") {
  const support::place here;
  for (const char* const name : {"a", "b", "c"}) fs::create_directory(here.path() / name);
  fs::permissions(here.path() / "c", fs::perms(0700));
  const std::string a = here.path() / "a";
  const std::string b = here.path() / "b";
  const std::string c = here.path() / "c";
  const support::environment all = {
      {"APART_COORDINATOR", "file:" + a}, {"APART_TMPDIR", b}, {"XDG_RUNTIME_DIR", c}, {"TMPDIR", a}};
  CHECK(place_by(find_coordination_root, all) == a);
  CHECK(place_by(find_coordination_root, {{"APART_COORDINATOR", "file://" + a}}) == a);
  CHECK(place_by(find_coordination_root, {{"APART_TMPDIR", b}, {"XDG_RUNTIME_DIR", c}, {"TMPDIR", a}}) == b);
  CHECK(place_by(find_coordination_root, {{"XDG_RUNTIME_DIR", c}, {"TMPDIR", a}, {"TEST_TMPDIR", b}}) == c);
  CHECK(place_by(find_coordination_root, {{"TMPDIR", a}, {"TEST_TMPDIR", b}}) == "/tmp");
}

TEST_CASE("a runtime directory that is not ours alone is passed over") {
  const support::place here;
  const fs::path runtime = here.path() / "runtime";
  const auto place = [&](const std::string& value) {
    return place_by(find_coordination_root, {{"XDG_RUNTIME_DIR", value}});
  };
  CHECK(place(runtime) == "/tmp");
  fs::create_directory(runtime);
  fs::permissions(runtime, fs::perms(0720));
  CHECK(place(runtime) == "/tmp");
  fs::permissions(runtime, fs::perms(0700));
  CHECK(place(runtime) == runtime);
  CHECK(place("runtime") == "/tmp");
  if (::geteuid() != 0) return;  // needs two users
  REQUIRE(::chown(runtime.c_str(), 65534, 65534) == 0);
  CHECK(place(runtime) == "/tmp");
}

TEST_CASE("a coordinator that is not known, or not there, is a fault that names the variable") {
  const support::place here;
  for (const std::string& value : {std::string("/tmp"), std::string("file:tmp"), std::string("post:/tmp")}) {
    CHECK(
        place_by(find_coordination_root, {{"APART_COORDINATOR", value}}) ==
        "APART_COORDINATOR='" + value +
            "' is not known here: give file: and the absolute path of a directory, or unset it; a database is for the "
            "launcher (--procs) of a program that includes <apart/interop/postgres.hpp>");
  }
  const std::string shown = place_by(find_coordination_root, {{"APART_COORDINATOR", "postgresql://ci:secret@db/x"}});
  CHECK(contains(shown, "APART_COORDINATOR='postgresql://...' is not known here"));
  CHECK_FALSE(contains(shown, "secret"));
  const std::string absent = "file:" + (here.path() / "absent").string();
  CHECK(contains(place_by(find_coordination_root, {{"APART_COORDINATOR", absent}}), "APART_COORDINATOR='" + absent));
}

TEST_CASE("a root that is made is private, and one that others may read is so from then on") {
  const support::place here;
  CHECK(refusal(here).empty());
  CHECK(support::mode_of(here.root()) == 0700);
  fs::permissions(here.root(), fs::perms(0755));
  CHECK(refusal(here).empty());
  CHECK(support::mode_of(here.root()) == 0700);
}

TEST_CASE("a root that others may write to is refused, whatever stands in it") {
  const support::place here;
  for (const unsigned mode : {0770U, 0777U, 01777U, 0707U}) {
    fs::create_directories(here.root());
    fs::permissions(here.root(), fs::perms(mode));
    CHECK(contains(refusal(here), "is open to others, who may have put something into it: remove it"));
    CHECK(support::mode_of(here.root()) == mode);
  }
}

TEST_CASE("a root that is a link is refused, wherever it leads, and nothing behind it changes") {
  const support::place here;
  fs::create_directory(here.path() / "elsewhere");
  fs::permissions(here.path() / "elsewhere", fs::perms(0755));
  fs::create_directory_symlink(here.path() / "elsewhere", here.root());
  CHECK(refusal(here) ==
        "TMPDIR='here': '" + here.root().string() + "' is a symbolic link: remove it, or set APART_TMPDIR");
  CHECK(support::mode_of(here.path() / "elsewhere") == 0755);
  fs::remove(here.root());
  fs::create_symlink(here.path() / "absent", here.root());
  CHECK(contains(refusal(here), "is a symbolic link: remove it, or set APART_TMPDIR"));
}

TEST_CASE("a root that is a file, or another user's, is refused") {
  const support::place here;
  support::write_file(here.root(), "x");
  CHECK(contains(refusal(here), "is not a directory: remove it, or set APART_TMPDIR"));
  fs::remove(here.root());
  if (::geteuid() != 0) return;  // needs two users
  fs::create_directory(here.root());
  REQUIRE(::chown(here.root().c_str(), 65534, 65534) == 0);
  CHECK(contains(refusal(here), "belongs to another user (uid 65534): remove it, or set APART_TMPDIR"));
}
