#include <apart/file/anonymous_file.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using apart::anonymous_file;
using support::contains;
using support::error_of;
using support::fresh_child;
namespace fs = std::filesystem;

namespace {

static_assert(!std::is_copy_constructible_v<anonymous_file> && !std::is_copy_assignable_v<anonymous_file>);
static_assert(std::is_nothrow_move_constructible_v<anonymous_file> &&
              std::is_nothrow_move_assignable_v<anonymous_file>);

}  // namespace

TEST_CASE("an anonymous file has no name, belongs to its owner alone, and is close-on-exec") {
  const anonymous_file file;
  struct stat status {};
  REQUIRE(::fstat(file.native_handle(), &status) == 0);
  CHECK(status.st_nlink == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK((::fcntl(file.native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("what is written to an anonymous file is appended, and read from the start, wherever the offset stands") {
  anonymous_file file;
  file.write("one ");
  REQUIRE(::lseek(file.native_handle(), 0, SEEK_SET) == 0);
  file.write("two");
  CHECK(file.read() == "one two");
  REQUIRE(::lseek(file.native_handle(), 2, SEEK_SET) == 2);
  CHECK(file.read() == "one two");
  CHECK(::lseek(file.native_handle(), 0, SEEK_CUR) == 2);
  const std::string much(100'000, 'x');
  file.write(much);
  CHECK(file.read() == "one two" + much);
}

TEST_CASE("a killed process leaves nothing of an anonymous file") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       anonymous_file file;
                       file.write("x");
                       for (const auto& entry : fs::recursive_directory_iterator(here.root())) {
                         if (entry.path().filename() != "lock" && !entry.is_directory()) {
                           support::write_all(output, entry.path());
                         }
                       }
                       support::write_all(output, "held");
                       ::kill(::getpid(), SIGKILL);
                     }).wait();
  CHECK(ended.output == "held");
  CHECK(WIFSIGNALED(ended.status));
  for (const auto& entry : fs::recursive_directory_iterator(here.root())) {
    CHECK((entry.is_directory() || entry.path().filename() == "lock"));
  }
}

TEST_CASE("who cleans up temporary directories meanwhile takes nothing from an anonymous file") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       const fs::path run = apart::detail::run_directory();
                       std::atomic<bool> done{false};
                       std::thread cleaner([&] {
                         std::error_code none;
                         while (!done) {
                           for (const auto& entry : fs::directory_iterator(run, none)) {
                             if (entry.path().filename() != "lock") fs::remove_all(entry.path(), none);
                           }
                         }
                       });
                       int whole = 0;
                       for (int i = 0; i < 10'000; ++i) {
                         anonymous_file file;
                         file.write(std::to_string(i));
                         whole += file.read() == std::to_string(i) ? 1 : 0;
                       }
                       done = true;
                       cleaner.join();
                       support::write_all(output, std::to_string(whole));
                     }).wait();
  CHECK(ended.output == "10000");
}

TEST_CASE("a moved anonymous file has one owner, and one that is closed says so") {
  static_cast<void>(apart::detail::run_directory());  // keeps a descriptor
  const int before = support::open_descriptors();
  anonymous_file first;
  first.write("x");
  anonymous_file second = std::move(first);
  CHECK(second.read() == "x");
  CHECK(contains(error_of([&] { first.write("y"); }), "anonymous file"));  // NOLINT(bugprone-use-after-move)
  second.close();
  second.close();
  std::error_code failed;
  CHECK(second.read(failed).empty());
  CHECK(failed == std::errc::bad_file_descriptor);
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("a place that cannot be used is an error of an anonymous file, thrown or as a code") {
  const support::place here;
  const std::string absent = here.path() / "absent";
  const auto ended = fresh_child({{"TMPDIR", absent}}, [&](int output) {
                       std::error_code failed;
                       const anonymous_file file(failed);
                       const bool right = failed == std::errc::no_such_file_or_directory &&
                                          contains(error_of([] { const anonymous_file made; }), absent);
                       support::write_all(output, right ? "right" : failed.message());
                     }).wait();
  CHECK(ended.output == "right");
}
