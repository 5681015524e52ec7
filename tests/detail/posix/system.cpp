#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include <apart/detail/posix/large_files.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace injected {

using namespace apart::detail::sys;  // the structures

/// The call that fails, counted from 1, the error that it fails with, and for how often in a row.
inline int calls = 0;
inline int fails_at = 0;
inline int fails_with = 0;
inline int times = 0;

inline bool fails() {
  ++calls;
  if (fails_at == 0 || calls < fails_at || calls >= fails_at + times) return false;
  errno = fails_with;
  return true;
}

template <class Call>
auto unless_it_fails(Call call) -> decltype(call()) {
  return fails() ? -1 : call();
}

inline int APART_DETAIL_LARGE(open)(const char* p, int f, mode_t m) {
  return unless_it_fails([&] { return ::APART_DETAIL_LARGE(open)(p, f, m); });
}
/// What somebody else does just before a directory is opened.
inline void (*before_openat)(int directory, const char* name) = nullptr;
inline int openat(int d, const char* n, int f) {
  if (before_openat != nullptr) before_openat(d, n);
  return unless_it_fails([&] { return ::openat(d, n, f); });
}
inline ssize_t read(int d, void* b, std::size_t s) {
  return unless_it_fails([&] { return ::read(d, b, s); });
}
inline ssize_t APART_DETAIL_LARGE(pread)(int d, void* b, std::size_t s, file_offset o) {
  return unless_it_fails([&] { return ::APART_DETAIL_LARGE(pread)(d, b, s, o); });
}
/// What somebody else does just before a lock is asked for.
inline std::function<void()> before_lock;
inline int APART_DETAIL_LARGE(fcntl)(int d, int c, file_range* r) {
  if (before_lock) std::exchange(before_lock, nullptr)();
  return unless_it_fails([&] { return ::APART_DETAIL_LARGE(fcntl)(d, c, r); });
}
inline int flock(int d, int o) {
  return unless_it_fails([&] { return ::flock(d, o); });
}
inline int APART_DETAIL_LARGE(fstat)(int d, file_status* s) {
  return unless_it_fails([&] { return ::APART_DETAIL_LARGE(fstat)(d, s); });
}
inline int APART_DETAIL_LARGE(lstat)(const char* p, file_status* s) {
  return unless_it_fails([&] { return ::APART_DETAIL_LARGE(lstat)(p, s); });
}
inline int APART_DETAIL_LARGE(stat)(const char* p, file_status* s) {
  return unless_it_fails([&] { return ::APART_DETAIL_LARGE(stat)(p, s); });
}
/// What kind of file system everything stands on; 0: what it is.
inline unsigned file_system = 0;
inline int APART_DETAIL_LARGE(statfs)(const char* p, file_system_status* s) {
  const int result = unless_it_fails([&] { return ::APART_DETAIL_LARGE(statfs)(p, s); });
  if (file_system != 0) s->f_type = static_cast<decltype(s->f_type)>(file_system);
  return result;
}
inline int fchmod(int d, mode_t m) {
  return unless_it_fails([&] { return ::fchmod(d, m); });
}
inline int fchmodat(int d, const char* n, mode_t m, int f) {
  return unless_it_fails([&] { return ::fchmodat(d, n, m, f); });
}
inline int futimens(int d, const timespec* t) {
  return unless_it_fails([&] { return ::futimens(d, t); });
}
inline int mkdir(const char* p, mode_t m) {
  return unless_it_fails([&] { return ::mkdir(p, m); });
}
inline int rmdir(const char* p) {
  return unless_it_fails([&] { return ::rmdir(p); });
}
inline int link(const char* f, const char* t) {
  return unless_it_fails([&] { return ::link(f, t); });
}
inline int unlink(const char* p) {
  return unless_it_fails([&] { return ::unlink(p); });
}
/// How often somebody else has put something into a directory that was just emptied.
inline int refilled = -1;
inline int unlinkat(int d, const char* n, int f) {
  if (refilled >= 0 && refilled < 10'000 && f == AT_REMOVEDIR) {
    ++refilled;
    errno = ENOTEMPTY;
    return -1;
  }
  return unless_it_fails([&] { return ::unlinkat(d, n, f); });
}
inline int symlink(const char* t, const char* p) {
  return unless_it_fails([&] { return ::symlink(t, p); });
}
inline int rename(const char* f, const char* t) {
  return unless_it_fails([&] { return ::rename(f, t); });
}
inline int renameat(int a, const char* f, int b, const char* t) {
  return unless_it_fails([&] { return ::renameat(a, f, b, t); });
}
inline int chdir(const char* p) {
  return unless_it_fails([&] { return ::chdir(p); });
}
inline int fchdir(int d) {
  return unless_it_fails([&] { return ::fchdir(d); });
}
inline char* realpath(const char* p, char* r) { return fails() ? nullptr : ::realpath(p, r); }
inline DIR* fdopendir(int d) { return fails() ? nullptr : ::fdopendir(d); }
inline directory_entry* APART_DETAIL_LARGE(readdir)(DIR* d) {
  return fails() ? nullptr : ::APART_DETAIL_LARGE(readdir)(d);
}

/// Writes less than it is asked to, as a signal or a full disk makes it.
inline ssize_t write(int d, const void* b, std::size_t s) {
  return unless_it_fails([&] { return ::write(d, b, s > 3 ? s / 2 : s); });
}

/// The descriptor is closed also where the call fails.
inline int close(int d) {
  const int result = ::close(d);
  return fails() ? -1 : result;
}
inline int closedir(DIR* d) {
  const int result = ::closedir(d);
  return fails() ? -1 : result;
}

}  // namespace injected

#define APART_DETAIL_SYS(name) ::injected::name

#include <apart/detail/posix/system.hpp>
#include <apart/file/anonymous_file.hpp>
#include <apart/file/config_volume.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/file/temp_file.hpp>
#include <apart/file/temp_path.hpp>
#include <apart/process/scoped_cwd.hpp>

#include <string>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

namespace {

/// All that the file rooms do, once. What they held is given back also where one of them throws.
void use_every_room() {
  {
    apart::temp_dir dir("dir");
    std::filesystem::create_directories(dir.path() / "a" / "b");
    support::write_file(dir.path() / "a" / "b" / "file", "x");
    apart::temp_file file("file", ".txt");
    file.write("some text");
    file.replace("another text");
    if (file.read() != "another text") std::abort();
    apart::config_volume volume;
    volume.update({{"one", "1111"}, {"two", "2222"}});
    volume.set("one", "3333");
    volume.update({{"two", "4444"}});
    if (support::text_of(volume.path() / "two") != "4444") std::abort();
    apart::config_volume plain(apart::config_form::plain);
    plain.update({{"one", "1111"}, {"two", "2222"}});
    plain.update({{"two", "3333"}});
    apart::anonymous_file anonymous;
    anonymous.write("more text");
    if (anonymous.read() != "more text") std::abort();
    anonymous.close();
    const auto fifo = apart::temp_path::make_with("fifo", [](const std::filesystem::path& path) {
      return std::error_code(::mkfifo(path.c_str(), 0600) == 0 ? 0 : errno, std::generic_category());
    });
    apart::temp_file persisted;
    persisted.persist_noclobber(dir.path() / "persisted");
    apart::temp_file replacing;
    replacing.persist(dir.path() / "persisted");
    { const apart::scoped_cwd inside(dir.path()); }
    dir.close();
    file.close();
  }
  apart::detail::leave_run();
}

struct outcome {
  int calls = 0;
  std::string text;
};

/// What comes of it when the call with that number fails: "done", or the text of the error.
outcome with_failure(const support::place& here, int at, int error, int times) {
  const auto ended = support::fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       ::close(2);
                       if (::open("/dev/null", O_WRONLY | O_CLOEXEC) != 2) std::abort();
                       const int before = support::open_descriptors();
                       injected::calls = 0;
                       injected::fails_with = error;
                       injected::times = times;
                       injected::fails_at = at;
                       std::string text = support::error_of([] { use_every_room(); });
                       injected::fails_at = 0;
                       apart::detail::leave_run();
                       if (text.empty()) text = "done";
                       if (support::open_descriptors() != before) text = "a descriptor stays open";
                       support::write_all(output, std::to_string(injected::calls) + " " + text);
                     }).wait();
  if (!ended.well()) return {0, "died"};
  const std::size_t space = ended.output.find(' ');
  return {std::stoi(ended.output.substr(0, space)), ended.output.substr(space + 1)};
}

}  // namespace

TEST_CASE("no signal shows, whichever call it interrupts, and however often") {
  const support::place here;
  const int calls = with_failure(here, 0, 0, 0).calls;
  REQUIRE(calls > 50);
  for (int at = 1; at <= calls; ++at) {
    CAPTURE(at);
    CHECK(with_failure(here, at, EINTR, 3).text == "done");
  }
  CHECK(here.runs().empty());
}

TEST_CASE("whichever call fails, it succeeds all the same or says which resource, and leaves nothing behind") {
  const support::place here;
  const int calls = with_failure(here, 0, 0, 0).calls;
  for (const int error : {EIO, ENOSPC, EMFILE, EACCES, EROFS}) {
    int failed = 0;
    for (int at = 1; at <= calls; ++at) {
      const std::string text = with_failure(here, at, error, 1).text;
      CAPTURE(at, error, text);
      if (text == "done") continue;
      ++failed;
      CHECK(support::contains(text, here.path().string()));
      CHECK(support::contains(text, std::generic_category().message(error)));
    }
    CHECK(failed > 30);
    // What could not be removed when its owner went, the next run takes.
    CHECK(with_failure(here, 0, 0, 0).text == "done");
    CHECK(here.runs().empty());
  }
}

TEST_CASE("an anonymous file has no name either where the file system knows no such files") {
  const support::place here;
  const auto ended = support::fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       const std::string run = apart::detail::run_directory();
                       injected::calls = 0;
                       injected::fails_with = EOPNOTSUPP;
                       injected::times = 1;
                       injected::fails_at = 1;
                       apart::anonymous_file file;
                       file.write("text");
                       const bool fell_back = injected::calls > 2;
                       const bool right = fell_back && file.read() == "text" &&
                                          support::names_in(run) == std::vector<std::string>{"lock"};
                       support::write_all(output, right ? "right" : "wrong");
                     }).wait();
  CHECK(ended.output == "right");
}

TEST_CASE("a directory into which somebody writes for ever is given up in the end") {
  const support::place here;
  const std::string tree = here.path() / "tree";
  REQUIRE(::mkdir(tree.c_str(), 0700) == 0);
  injected::refilled = 0;
  const auto left = apart::detail::remove_tree(tree);
  const int refilled = std::exchange(injected::refilled, -1);
  CHECK(left.text == tree + ": could not be removed: Directory not empty");
  CHECK(refilled > 10);
  CHECK(refilled < 1000);
}

TEST_CASE("a link that takes a directory's place just before it is opened is not followed") {
  const support::place here;
  std::filesystem::create_directories(here.path() / "tree" / "victim" / "inner");
  std::filesystem::create_directories(here.path() / "outside" / "precious");
  injected::before_openat = [](int directory, const char* name) {
    if (std::string(name) != "victim") return;
    REQUIRE(::renameat(directory, "victim", directory, "away") == 0);
    REQUIRE(::symlinkat("../outside", directory, "victim") == 0);
    injected::before_openat = nullptr;
  };
  const auto left = apart::detail::remove_tree(here.path() / "tree");
  CHECK(injected::before_openat == nullptr);
  CHECK(left.text.empty());
  CHECK(std::filesystem::exists(here.path() / "outside" / "precious"));
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"outside"});
}

TEST_CASE("a run's directory that was made anew while somebody was about to remove the former is not taken") {
  const support::place here;
  const std::filesystem::path directory = here.path() / "r-run";
  std::filesystem::create_directory(directory);
  apart::detail::file_lock of_the_new_one;
  injected::before_lock = [&] {
    std::filesystem::rename(directory, here.path() / "g-former");
    std::filesystem::create_directory(directory);
    REQUIRE(of_the_new_one.open(directory / "lock") == 0);
    REQUIRE(of_the_new_one.try_lock(apart::detail::lock_mode::shared));
  };
  CHECK(apart::detail::remove_unused_run(directory, false) == apart::detail::run_fate::in_use);
  CHECK(of_the_new_one.has_its_name());
}

TEST_CASE("a place where locks may hold on one machine alone is refused by the name of its file system") {
  struct kind {
    unsigned number;
    const char* name;
  };
  const auto [number, name] =
      GENERATE(kind{0x6969, "NFS"}, kind{0x0bd00bd0, "Lustre"}, kind{0xff534d42, "SMB"}, kind{0x5346414f, "AFS"});
  const support::place here;
  const auto ended = support::fresh_child({{"APART_TMPDIR", here.path()}}, [&, kind = number](int output) {
                       injected::file_system = kind;
                       for (const auto& place : {apart::detail::run_directory, apart::detail::coordination_directory}) {
                         support::write_all(output, support::error_of([&] { static_cast<void>(place()); }) + "\n");
                       }
                     }).wait();
  const std::string text = "APART_TMPDIR='" + here.path().string() + "': '" + here.root().string() + "' is on " + name +
                           ", where a lock may hold on one machine alone; set APART_TMPDIR to a directory of a local "
                           "file system\n";
  CHECK(ended.output == text + text);
}

TEST_CASE("a file system that has no locks is an error that says so") {
  const int code = GENERATE(ENOLCK, ENOSYS);
  const support::place here;
  const auto ended =
      support::fresh_child({{"APART_TMPDIR", here.path()}}, [&](int output) {
        injected::before_lock = [&] {
          injected::fails_at = injected::calls + 1;
          injected::times = 1;
          injected::fails_with = code;
        };
        support::write_all(output, support::error_of([] { static_cast<void>(apart::detail::run_directory()); }));
      }).wait();
  CAPTURE(ended.output);
  CHECK(support::contains(ended.output, "APART_TMPDIR='" + here.path().string() + "': cannot lock '"));
  CHECK(support::contains(ended.output, " (set APART_TMPDIR to a directory of a file system that has locks): " +
                                            std::generic_category().message(code)));
}
