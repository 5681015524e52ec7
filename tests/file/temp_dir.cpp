#include <apart/file/temp_dir.hpp>

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/has_path.hpp"

using apart::temp_dir;
using support::contains;
using support::fresh_child;
using support::has_path;
using support::mode_of;
using support::names_in;
using support::write_file;
namespace fs = std::filesystem;

namespace {

static_assert(!std::is_copy_constructible_v<temp_dir> && !std::is_copy_assignable_v<temp_dir>);
static_assert(std::is_nothrow_move_constructible_v<temp_dir> && std::is_nothrow_move_assignable_v<temp_dir>);
static_assert(has_path<temp_dir&>::value && has_path<const temp_dir&>::value);
static_assert(!has_path<temp_dir>::value && !has_path<const temp_dir>::value, "the path would outlive its directory");
static_assert(!std::is_constructible_v<temp_dir, std::nullptr_t>);

struct fixture {
  temp_dir dir;
  int number;
};
static_assert(std::is_aggregate_v<fixture>);

/// What a process prints on stderr while it runs `body`.
template <class Body>
std::string stderr_of(Body body) {
  std::FILE* const file = std::tmpfile();
  std::fflush(stderr);
  const int before = ::dup(2);
  ::dup2(::fileno(file), 2);
  body();
  ::dup2(before, 2);
  ::close(before);
  std::string text(4096, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("two directories are different, empty, private, and have one parent") {
  const temp_dir one;
  const temp_dir two;
  CHECK(one.path() != two.path());
  CHECK(one.path().parent_path() == two.path().parent_path());
  for (const fs::path& path : {one.path(), two.path()}) {
    CHECK(path.is_absolute());
    CHECK(fs::canonical(path) == path);
    CHECK(fs::is_empty(path));
    CHECK(mode_of(path) == 0700);
  }
}

TEST_CASE("a directory goes with its owner and with all that it holds") {
  fs::path path;
  {
    const temp_dir dir("tree");
    path = dir.path();
    fs::create_directories(path / "a" / "b");
    write_file(path / "a" / "b" / "file", "x");
    fs::create_directory_symlink("/", path / "everything");
  }
  CHECK_FALSE(fs::exists(path));
  CHECK(fs::exists("/tmp"));
}

TEST_CASE("any prefix gives a directory inside the run's own, with a name that is plain") {
  for (const std::string& prefix : {std::string("a/b"), std::string(".."), std::string("../x"), std::string("a:b"),
                                    std::string("a*[]"), std::string("äöü"), std::string(), std::string(300, 'x'),
                                    std::string("a\0b", 3), std::string("-rf"), std::string("orders")}) {
    const temp_dir dir(prefix);
    CHECK(fs::is_directory(dir.path()));
    CHECK(dir.path().parent_path() == apart::detail::run_directory());
    const std::string name = dir.path().filename();
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
          std::string::npos);
    CHECK(name.size() <= 35);
  }
  const temp_dir orders("orders");
  CHECK(orders.path().filename().string().rfind("orders-", 0) == 0);
}

TEST_CASE("a UNIX socket fits into a directory below the system's temporary one") {
  const auto ended = fresh_child({}, [&](int output) {
                       const temp_dir dir(std::string(300, 'x'));
                       sockaddr_un address{};
                       address.sun_family = AF_UNIX;
                       const std::string path = dir.path() / "postgresql.s.PGSQL.5432";
                       if (path.size() >= sizeof address.sun_path) std::abort();
                       path.copy(address.sun_path, path.size());
                       const int bound = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
                       if (::bind(bound, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
                       support::write_all(output, "bound");
                     }).wait();
  CHECK(ended.output == "bound");
}

TEST_CASE("the path of a socket fits into its address, or is an error that says what to do") {
  const temp_dir dir;
  CHECK(dir.socket_path("s") == dir.path() / "s");
  const std::size_t room = 107 - dir.path().native().size() - 1;
  CHECK(dir.socket_path(std::string(room, 's')).native().size() == 107);
  const std::string thrown = support::error_of([&] { static_cast<void>(dir.socket_path(std::string(room + 1, 's'))); });
  CHECK(thrown.rfind("UNIX socket '" + dir.path().string(), 0) == 0);
  CHECK(support::contains(thrown, "takes 107 bytes, and this path has 108: set APART_TMPDIR"));
}

TEST_CASE("what the system refuses of a directory is a code for who asks for one") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       support::become_nobody();
                       std::error_code failed = std::make_error_code(std::errc::io_error);
                       temp_dir dir("x", failed);
                       bool right = !failed && fs::is_directory(dir.path());
                       const fs::path run = dir.path().parent_path();
                       fs::permissions(run, fs::perms(0500));
                       const temp_dir none("x", failed);
                       right = right && failed == std::errc::permission_denied && none.path().empty();
                       dir.close(failed);
                       right = right && failed == std::errc::permission_denied;
                       fs::permissions(run, fs::perms(0700));
                       support::write_all(output, right ? "right" : failed.message());
                     }).wait();
  CHECK(ended.output == "right");
}

TEST_CASE("modes do not depend on the umask") {
  for (const mode_t mask : {mode_t{0000}, mode_t{0077}, mode_t{0277}, mode_t{0777}}) {
    const support::place here;
    const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                         support::become_nobody();
                         ::umask(mask);
                         const temp_dir dir;
                         const fs::path run = dir.path().parent_path();
                         write_file(dir.path() / "inside", "");
                         support::write_all(output, std::to_string(mode_of(dir.path()) == 0700) +
                                                        std::to_string(mode_of(run) == 0700) +
                                                        std::to_string(mode_of(run.parent_path()) == 0700));
                       }).wait();
    CHECK(ended.well());
    CHECK(ended.output == "111");
  }
}

TEST_CASE("a moved directory has one owner") {
  fs::path first;
  fs::path second;
  {
    temp_dir one("one");
    first = one.path();
    temp_dir& same = one;
    one = std::move(same);
    CHECK(one.path() == first);
    CHECK(fs::exists(first));

    temp_dir two("two");
    second = two.path();
    two = std::move(one);
    CHECK(two.path() == first);
    CHECK(fs::exists(first));
    CHECK_FALSE(fs::exists(second));

    CHECK(one.path().empty());
    one.close();
    one.keep();
  }
  CHECK_FALSE(fs::exists(first));

  std::vector<temp_dir> many;
  for (int i = 0; i < 20; ++i) many.emplace_back("many");
  for (const temp_dir& dir : many) CHECK(fs::exists(dir.path()));
}

TEST_CASE("a struct with a directory in it is initialised by braces") {
  const fixture made{};
  CHECK(fs::exists(made.dir.path()));
  CHECK(made.number == 0);
}

TEST_CASE("a directory made, moved and left by exceptions in other threads goes") {
  fs::path thrown;
  fs::path moved;
  temp_dir returned;
  std::thread([&] {
    try {
      const temp_dir dir;
      thrown = dir.path();
      throw std::runtime_error("unwinds");
    } catch (const std::runtime_error&) {
    }
    returned = temp_dir("returned");
  }).join();
  CHECK_FALSE(fs::exists(thrown));
  CHECK(fs::exists(returned.path()));
  moved = returned.path();
  std::thread([dir = std::move(returned)] {}).join();
  CHECK_FALSE(fs::exists(moved));
}

TEST_CASE("a directory that was removed already is no error, also while an exception is in flight") {
  try {
    temp_dir dir;
    fs::remove(dir.path());
    throw std::runtime_error("in flight");
  } catch (const std::runtime_error&) {
  }
  temp_dir dir;
  fs::remove(dir.path());
  dir.close();
  dir.close();
}

TEST_CASE("a chdir between birth and death, or into the directory, changes nothing") {
  const support::place here;
  fs::create_directory(here.path() / "temporary");
  fs::create_directory(here.path() / "decoy");
  const auto ended = fresh_child({{"TMPDIR", "temporary"}}, [&](int output) {
                       fs::current_path(here.path());
                       const temp_dir dir;
                       fs::current_path(here.path() / "decoy");
                       const temp_dir second;
                       if (dir.path().parent_path() != second.path().parent_path()) std::abort();
                       fs::current_path(second.path());
                       support::write_all(output, dir.path());
                     }).wait();
  CHECK(ended.well());
  CHECK(contains(ended.output, (here.path() / "temporary").string()));
  CHECK(names_in(here.path() / "temporary" / ("apart-" + std::to_string(::geteuid()))).empty());
}

TEST_CASE("the path goes through no link") {
  const support::place here;
  fs::create_directory(here.path() / "real");
  fs::create_directory_symlink(here.path() / "real", here.path() / "link");
  const auto ended = fresh_child({{"TMPDIR", here.path() / "link"}}, [&](int output) {
                       const temp_dir dir;
                       support::write_all(output, dir.path());
                     }).wait();
  CHECK(ended.output.rfind((here.path() / "real").string(), 0) == 0);
}

TEST_CASE("a forked child removes nothing of its parent's, however it ends") {
  temp_dir dir;
  write_file(dir.path() / "file", "x");
  const auto by_exit = support::in_child([](int) {});
  CHECK(by_exit.well());
  const auto by_hand = support::in_child([&](int) {
    dir.close();
    const temp_dir taken = std::move(dir);
  });
  CHECK(by_hand.well());
  CHECK(support::text_of(dir.path() / "file") == "x");
}

TEST_CASE("a forked child's own directories go with it, and its parent's stay") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       const temp_dir dir("parent");
                       const auto child = support::in_child([&](int told) {
                         const temp_dir own("child");
                         support::write_all(told, own.path());
                       });
                       if (!child.well() || fs::exists(child.output)) std::abort();
                       support::write_all(output, names_in(dir.path().parent_path()).back().substr(0, 6));
                     }).wait();
  CHECK(ended.well());
  CHECK(ended.output == "parent");
  CHECK(here.runs().empty());
}

TEST_CASE("what cannot be removed is an error of close, and a line on stderr of the destructor") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       support::become_nobody();
                       temp_dir closed;
                       std::string at_end;
                       fs::path run = closed.path().parent_path();
                       const std::string said = stderr_of([&] {
                         const temp_dir dir;
                         at_end = dir.path();
                         fs::permissions(run, fs::perms(0500));
                       });
                       const std::string thrown = support::error_of([&] { closed.close(); });
                       fs::permissions(run, fs::perms(0700));
                       const bool right =
                           said == "apart: " + at_end + ": could not be removed: Permission denied\n" &&
                           thrown == closed.path().string() + ": could not be removed: Permission denied";
                       support::write_all(output, right ? "right" : said + thrown);
                     }).wait();
  CHECK(ended.output == "right");
  CHECK(here.runs().empty());
}

TEST_CASE("a directory that is kept outlives its owner and the run, and says so once") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       std::string path;
                       const std::string printed = stderr_of([&] {
                         temp_dir dir("kept");
                         const temp_dir other("other");
                         path = dir.path();
                         write_file(dir.path() / "file", "x");
                         dir.keep();
                         dir.keep();
                       });
                       support::write_all(output, printed == "apart: kept " + path + "\n" ? path : "said: " + printed);
                     }).wait();
  CHECK(ended.well());
  CHECK(support::text_of(ended.output + "/file") == "x");
  CHECK(names_in(fs::path(ended.output).parent_path()).size() == 3);  // it, the lock and the list
}

TEST_CASE("APART_KEEP decides what stays: nothing, what a failed test leaves, or all") {
  for (const auto& [setting, expected] :
       std::initializer_list<std::pair<const char*, int>>{{"none", 0}, {"failed", 1}, {"all", 2}}) {
    const support::place here;
    const auto ended = fresh_child({{"TMPDIR", here.path()}, {"APART_KEEP", setting}}, [&](int output) {
                         std::string paths;
                         stderr_of([&] {
                           for (const bool failed : {false, true}) {
                             const temp_dir dir;
                             paths += dir.path().string() + "\n";
                             apart::detail::test_failed.store(failed);
                           }
                         });
                         support::write_all(output, paths);
                       }).wait();
    CHECK(ended.well());
    const std::string passed = ended.output.substr(0, ended.output.find('\n'));
    const std::string failed = ended.output.substr(passed.size() + 1, passed.size());
    CHECK(int{fs::exists(passed)} + int{fs::exists(failed)} == expected);
    CHECK(fs::exists(failed) == (expected > 0));
    CHECK(here.runs().size() == (expected > 0 ? 1 : 0));
  }
}

TEST_CASE("a setting that is not known is an error before anything is made") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}, {"APART_KEEP", "sometimes"}}, [&](int output) {
                       support::write_all(output, support::error_of([] { const temp_dir dir; }));
                     }).wait();
  CHECK(contains(ended.output, "APART_KEEP='sometimes'"));
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("no descriptor stays open behind a directory") {
  { const temp_dir first; }
  const int before = support::open_descriptors();
  {
    const temp_dir dir;
    fs::create_directories(dir.path() / "a" / "b");
    CHECK(support::open_descriptors() == before);
  }
  CHECK(support::open_descriptors() == before);
}
