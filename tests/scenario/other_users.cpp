// What another user of the machine can do, and what not, where all write to one directory: the lines of the table in
// docs/other_users.md.

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apart/file/temp_dir.hpp>
#include <apart/launch/timings.hpp>
#include <apart/run/run_lock.hpp>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using support::contains;
using support::error_of;
namespace fs = std::filesystem;

namespace {

/// A place that all may write to, as /tmp is, and a process of this user in it.
class shared_place : public support::place {
 public:
  explicit shared_place(mode_t mode = 01777) {
    if (::geteuid() != 0) {
      std::puts("skipped: to be two users takes root");
      std::fflush(stdout);
      std::_Exit(77);
    }
    REQUIRE(::chmod(path().c_str(), mode) == 0);
  }

  /// What the other user's attempt says: "" where it succeeds.
  template <class Attempt>
  std::string as_other(Attempt attempt) const {
    return support::child([&](int output) {
             support::become_nobody();
             if (!attempt()) support::write_all(output, std::generic_category().message(errno));
           })
        .wait()
        .output;
  }

  /// What a new process of this user says of a directory and a lock: "" where it has them.
  std::string use() const {
    return support::fresh_child({{"APART_TMPDIR", path().string()}, {"APART_RUN_ID", "run"}},
                                [](int output) {
                                  support::write_all(output, error_of([] {
                                                       const apart::temp_dir directory("d");
                                                       const apart::run_lock held("l");
                                                     }));
                                })
        .wait()
        .output;
  }

  /// A directory that a run of this user has left.
  fs::path left_run() const {
    REQUIRE(use().empty());
    fs::create_directory(root() / "left");
    support::write_file(root() / "left" / "secret", "s3cret");
    return root() / "left";
  }
};

const std::string denied = "Permission denied";

}  // namespace

TEST_CASE("another user reads nothing of a run, and puts nothing into it: no lock, no payload, no link") {
  const shared_place here;
  const fs::path run = here.left_run();
  const fs::path root = here.root();
  CHECK(here.as_other([&] { return ::open((run / "secret").c_str(), O_RDONLY) >= 0; }) == denied);
  CHECK(here.as_other([&] { return ::open((run / "planted").c_str(), O_CREAT | O_WRONLY, 0666) >= 0; }) == denied);
  CHECK(here.as_other([&] { return ::symlink("/etc/passwd", (root / "planted").c_str()) == 0; }) == denied);
  CHECK(here.as_other([&] { return ::link("/etc/passwd", (run / "planted").c_str()) == 0; }) != "");
  CHECK(here.as_other([&] { return ::rename(root.c_str(), (here.path() / "away").c_str()) == 0; }) ==
        "Operation not permitted");
  CHECK(here.use().empty());
}

TEST_CASE("another user who makes the root first, as a directory or as a link, stops the run, and gets nothing of it") {
  const shared_place here;
  const std::string root = here.root().string();
  SECTION("a directory") {
    REQUIRE(here.as_other([&] { return ::mkdir(root.c_str(), 0777) == 0; }).empty());
    CHECK(contains(here.use(), "belongs to another user (uid 65534): remove it, or set APART_TMPDIR"));
    CHECK(fs::is_empty(root));
  }
  SECTION("a link") {
    const fs::path target = here.path() / "target";
    fs::create_directory(target);
    REQUIRE(here.as_other([&] { return ::symlink(target.c_str(), root.c_str()) == 0; }).empty());
    CHECK(contains(here.use(), "is a symbolic link: remove it, or set APART_TMPDIR"));
    CHECK(fs::is_empty(target));
  }
}

TEST_CASE("a root that others could write to is used by nobody") {
  const shared_place here;
  fs::create_directory(here.root());
  fs::permissions(here.root(), fs::perms(0770));
  CHECK(contains(here.use(), "is open to others, who may have put something into it: remove it"));
  CHECK(fs::is_empty(here.root()));
}

TEST_CASE("a file that another user has linked to ours is replaced, not written to") {
  const shared_place here;
  const fs::path ours = here.path() / "ours";
  support::write_file(ours, "precious");
  fs::permissions(ours, fs::perms(0666));  // else the kernel refuses, by protected_hardlinks (proc(5))
  const fs::path timings = here.path() / "timings";
  REQUIRE(here.as_other([&] { return ::link(ours.c_str(), timings.c_str()) == 0; }).empty());
  apart::timings times(timings.string(), "program");
  times.note("test", std::chrono::milliseconds(1));
  CHECK_FALSE(times.write());
  CHECK(support::text_of(ours) == "precious");
  CHECK(contains(support::text_of(timings), "program\ttest"));
}

TEST_CASE("where a place has no sticky bit another user can take the root away, and then nothing is written to his") {
  const shared_place here(0777);
  static_cast<void>(here.left_run());
  const fs::path root = here.root();
  REQUIRE(here.as_other([&] {
                return ::rename(root.c_str(), (here.path() / "away").c_str()) == 0 && ::mkdir(root.c_str(), 0777) == 0;
              })
              .empty());
  CHECK(here.as_other([&] { return ::open((here.path() / "away/left/secret").c_str(), O_RDONLY) >= 0; }) == denied);
  CHECK(contains(here.use(), "belongs to another user (uid 65534): remove it, or set APART_TMPDIR"));
  CHECK(fs::is_empty(here.root()));
}
