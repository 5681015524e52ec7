#include <apart/file/temp_path.hpp>

#include <cerrno>
#include <string>
#include <system_error>
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

using apart::temp_path;
using support::contains;
using support::error_of;
using support::fresh_child;
namespace fs = std::filesystem;

namespace {

static_assert(!std::is_copy_constructible_v<temp_path> && !std::is_copy_assignable_v<temp_path>);
static_assert(std::is_nothrow_move_constructible_v<temp_path> && std::is_nothrow_move_assignable_v<temp_path>);
static_assert(!std::is_default_constructible_v<temp_path>);

std::error_code system_code(bool succeeded) {
  return succeeded ? std::error_code() : std::error_code(errno, std::generic_category());
}

std::error_code make_fifo(const fs::path& path) { return system_code(::mkfifo(path.c_str(), 0600) == 0); }

/// A bound UNIX socket, as a server makes it.
class listener {
 public:
  listener() : number_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~listener() { ::close(number_); }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  std::error_code bind(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) return std::make_error_code(std::errc::filename_too_long);
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    return system_code(::bind(number_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }

 private:
  int number_;
};

}  // namespace

TEST_CASE("what was made at a path goes with its owner") {
  fs::path path;
  {
    const temp_path fifo = temp_path::make_with("fifo", make_fifo);
    path = fifo.path();
    CHECK(fs::is_fifo(path));
    CHECK(path.filename().string().rfind("fifo-", 0) == 0);
  }
  CHECK_FALSE(fs::exists(fs::symlink_status(path)));
}

TEST_CASE("a UNIX socket is bound to a new path") {
  listener server;
  const temp_path socket = temp_path::make_with("server", [&](const fs::path& path) { return server.bind(path); });
  CHECK(fs::is_socket(socket.path()));
}

TEST_CASE("a directory that was made at a path goes with all that it holds") {
  fs::path path;
  {
    const temp_path database = temp_path::make_with("database", [](const fs::path& made) {
      std::error_code failed;
      fs::create_directory(made, failed);
      return failed;
    });
    path = database.path();
    support::write_file(path / "page", "x");
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a name that is taken is followed by another, whichever way the maker says so") {
  for (const std::errc taken : {std::errc::file_exists, std::errc::address_in_use}) {
    std::vector<fs::path> tried;
    const temp_path made = temp_path::make_with("x", [&](const fs::path& path) {
      tried.push_back(path);
      return tried.size() < 4 ? std::make_error_code(taken) : make_fifo(path);
    });
    REQUIRE(tried.size() == 4);
    CHECK(tried[0] != tried[1]);
    CHECK(made.path() == tried[3]);
  }
}

TEST_CASE("a real bind to a path that another socket has asks for another name") {
  listener first;
  listener second;
  const temp_path taken = temp_path::make_with("server", [&](const fs::path& path) { return first.bind(path); });
  int tries = 0;
  const temp_path made = temp_path::make_with(
      "server", [&](const fs::path& path) { return second.bind(++tries == 1 ? taken.path() : path); });
  CHECK(tries == 2);
  CHECK(fs::is_socket(made.path()));
}

TEST_CASE("a maker to whom every name is taken is an error after 64 of them, and hangs nobody") {
  int tries = 0;
  const std::string thrown = error_of([&] {
    static_cast<void>(temp_path::make_with("x", [&](const fs::path&) {
      ++tries;
      return std::make_error_code(std::errc::file_exists);
    }));
  });
  CHECK(tries == 64);
  CHECK(contains(thrown, "temporary path '"));
  CHECK(contains(thrown, "File exists, as with 63 names before"));
}

TEST_CASE("another failure of the maker is the error at once, and nothing is removed") {
  std::error_code failed;
  int tries = 0;
  fs::path path;
  {
    const temp_path made = temp_path::make_with(
        "x",
        [&](const fs::path& given) {
          path = given;
          support::write_file(given, "somebody else's");
          ++tries;
          return std::make_error_code(std::errc::permission_denied);
        },
        failed);
    CHECK(made.path().empty());
  }
  CHECK(failed == std::errc::permission_denied);
  CHECK(tries == 1);
  CHECK(fs::remove(path));
}

TEST_CASE("what the maker throws passes through") {
  struct refused {};
  CHECK_THROWS_AS(
      static_cast<void>(temp_path::make_with("x", [](const fs::path&) -> std::error_code { throw refused(); })),
      refused);
}

TEST_CASE("a path that is too long for a socket's address is an error that says what to do") {
  const support::place here;
  const fs::path deep = here.path() / std::string(100, 'd');
  fs::create_directory(deep);
  const auto ended = fresh_child({{"TMPDIR", deep}}, [&](int output) {
                       listener server;
                       support::write_all(output, error_of([&] {
                                            static_cast<void>(temp_path::make_with(
                                                "s", [&](const fs::path& path) { return server.bind(path); }));
                                          }));
                     }).wait();
  CHECK(contains(ended.output, deep.string()));
  CHECK(contains(ended.output, "the address of a UNIX socket takes 107 bytes, and this path has "));
  CHECK(contains(ended.output, "set APART_TMPDIR to a directory with a shorter path"));
}

TEST_CASE("a moved path has one owner, and a forked child none") {
  temp_path first = temp_path::make_with("first", make_fifo);
  const fs::path path = first.path();
  temp_path second = std::move(first);
  CHECK(first.path().empty());  // NOLINT(bugprone-use-after-move)
  first.close();
  CHECK(support::in_child([&](int) { second.close(); }).well());
  CHECK(fs::is_fifo(path));
  second = temp_path::make_with("second", make_fifo);
  CHECK_FALSE(fs::exists(path));
  second.close();
  CHECK_FALSE(fs::exists(second.path()));
}
