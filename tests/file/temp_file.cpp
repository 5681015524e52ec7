#include <apart/file/temp_file.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/has_path.hpp"

using apart::temp_file;
using support::contains;
using support::error_of;
using support::fresh_child;
using support::has_path;
using support::mode_of;
using support::text_of;
namespace fs = std::filesystem;

namespace {

static_assert(!std::is_copy_constructible_v<temp_file> && !std::is_copy_assignable_v<temp_file>);
static_assert(std::is_nothrow_move_constructible_v<temp_file> && std::is_nothrow_move_assignable_v<temp_file>);
static_assert(has_path<temp_file&>::value && !has_path<temp_file>::value, "the path would outlive its file");
static_assert(!std::is_constructible_v<temp_file, std::nullptr_t>);

}  // namespace

TEST_CASE("a file is new, empty, private, and goes with its owner") {
  fs::path path;
  {
    const temp_file one;
    const temp_file two;
    path = one.path();
    CHECK(one.path() != two.path());
    CHECK(one.path().parent_path() == apart::detail::run_directory());
    CHECK(one.path().is_absolute());
    CHECK(fs::is_regular_file(one.path()));
    CHECK(fs::is_empty(one.path()));
    CHECK(mode_of(one.path()) == 0600);
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("the name begins with the prefix and ends with the suffix") {
  const temp_file file("orders", ".tar.gz");
  const std::string name = file.path().filename();
  CHECK(name.rfind("orders-", 0) == 0);
  CHECK(name.substr(name.size() - 7) == ".tar.gz");
  CHECK(name.size() == 7 + 10 + 7);
  const temp_file odd("../a", "/b");
  CHECK(odd.path().parent_path() == file.path().parent_path());
}

TEST_CASE("the mode does not depend on the umask") {
  for (const mode_t mask : {mode_t{0000}, mode_t{0077}, mode_t{0777}}) {
    const auto ended = support::in_child([&](int output) {
      ::umask(mask);
      temp_file file;
      const unsigned made = mode_of(file.path());
      file.replace("x");
      support::write_all(output, made == 0600 && mode_of(file.path()) == 0600 ? "right" : "wrong");
    });
    CHECK(ended.output == "right");
  }
}

TEST_CASE("write appends, whoever has written before") {
  temp_file file;
  file.write("one ");
  file.write("");
  CHECK(::write(file.native_handle(), "two ", 4) == 4);
  CHECK(::lseek(file.native_handle(), 0, SEEK_SET) == 0);
  file.write("three");
  CHECK(file.read() == "one two three");
  CHECK(text_of(file.path()) == "one two three");
  const std::string large(3'000'000, 'x');
  file.write(large);
  CHECK(file.read() == "one two three" + large);
}

TEST_CASE("read returns what stands at the path, also after somebody else has replaced it") {
  temp_file file;
  file.write("old");
  const temp_file other("other");
  support::write_file(other.path(), "new");
  fs::rename(other.path(), file.path());
  CHECK(file.read() == "new");
  fs::remove(file.path());
  CHECK(contains(error_of([&] { static_cast<void>(file.read()); }),
                 file.path().string() + "': No such file or directory"));
}

TEST_CASE("replace puts a new file in the place of the old, which older handles go on reading") {
  temp_file file;
  file.write("old");
  const int before = ::open(file.path().c_str(), O_RDONLY | O_CLOEXEC);
  const int handle = file.native_handle();
  file.replace("new");
  CHECK(file.read() == "new");
  file.write("er");
  CHECK(file.read() == "newer");
  char text[8] = {};
  CHECK(::read(before, text, sizeof text) == 3);
  CHECK(std::string(text) == "old");
  ::close(before);
  CHECK((handle == file.native_handle() || ::fcntl(handle, F_GETFD) == -1));
  CHECK(::fcntl(file.native_handle(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("processes that read while the file is replaced see one text or the other, never a part") {
  temp_file file;
  const std::string one(40'000, '1');
  const std::string two(70'000, '2');
  file.replace(one);
  support::gate stop;
  std::vector<support::child> readers;
  support::channel started;
  for (int r = 0; r < 4; ++r) {
    readers.emplace_back([&](int output) {
      stop.open();
      int reads = 0;
      for (bool first = true;; first = false) {
        const std::string seen = text_of(file.path());
        if (seen != one && seen != two) break;
        if (first) started.say("reads");
        if (++reads >= 3000) {
          support::write_all(output, "whole");
          break;
        }
      }
    });
  }
  for (int r = 0; r < 4; ++r) started.hear();
  for (int n = 0; n < 3000; ++n) file.replace(n % 2 == 0 ? two : one);
  for (support::child& reader : readers) CHECK(reader.wait().output == "whole");
  int named_after_it = 0;  // other programs of a ctest have files there, too
  for (const std::string& name : support::names_in(file.path().parent_path())) {
    if (name.rfind(file.path().filename().string(), 0) == 0) ++named_after_it;
  }
  CHECK(named_after_it == 1);
}

TEST_CASE("a moved file has one owner") {
  fs::path first;
  fs::path second;
  {
    temp_file one("one");
    first = one.path();
    temp_file& same = one;
    one = std::move(same);
    one.write("x");
    CHECK(one.read() == "x");

    temp_file two("two");
    second = two.path();
    two = std::move(one);
    CHECK(two.path() == first);
    CHECK(two.read() == "x");
    CHECK_FALSE(fs::exists(second));
    one.close();
    one.keep();
    CHECK(one.native_handle() == -1);
    CHECK(contains(error_of([&] { one.write("x"); }), "it was closed or moved from"));
  }
  CHECK_FALSE(fs::exists(first));
}

TEST_CASE("close removes the file at once, and the second time does nothing") {
  temp_file file;
  file.close();
  CHECK_FALSE(fs::exists(file.path()));
  file.close();
  CHECK(contains(error_of([&] { file.replace("x"); }), "cannot replace temporary file '" + file.path().string()));
  CHECK_FALSE(fs::exists(file.path()));
  temp_file gone;
  fs::remove(gone.path());
  gone.close();
}

TEST_CASE("what cannot be removed is an error of close") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       support::become_nobody();
                       temp_file file;
                       fs::permissions(file.path().parent_path(), fs::perms(0500));
                       const std::string thrown = error_of([&] { file.close(); });
                       fs::permissions(file.path().parent_path(), fs::perms(0700));
                       const bool right = thrown == file.path().string() + ": could not be removed: Permission denied";
                       support::write_all(output, right ? "right" : thrown);
                     }).wait();
  CHECK(ended.output == "right");
}

TEST_CASE("a chdir before the end removes the right file") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", "."}}, [&](int output) {
                       fs::current_path(here.path());
                       const temp_file file;
                       fs::current_path("/");
                       support::write_all(output, file.path());
                     }).wait();
  CHECK(ended.output.rfind(here.path().string() + "/apart-", 0) == 0);
  CHECK(here.runs().empty());
}

TEST_CASE("a forked child removes nothing of its parent's") {
  temp_file file;
  file.write("x");
  CHECK(support::in_child([](int) {}).well());
  CHECK(support::in_child([&](int) { file.close(); }).well());
  CHECK(support::in_child([&](int) { file.keep(); }).well());
  CHECK(support::in_child([&](int) { const temp_file taken = std::move(file); }).well());
  CHECK(file.read() == "x");
}

TEST_CASE("a program that is started inherits no descriptor") {
  const temp_file file;
  const auto ended = support::in_child([&](int output) {
    ::dup2(output, 1);
    ::execl("/bin/sh", "sh", "-c", "ls -l /proc/self/fd", static_cast<char*>(nullptr));
  });
  CHECK_FALSE(ended.output.empty());
  CHECK_FALSE(contains(ended.output, apart::detail::run_directory()));
}

TEST_CASE("a file that is kept outlives its owner and the run") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       ::close(2);
                       temp_file file("kept", ".txt");
                       file.keep();
                       file.write("text");
                       support::write_all(output, file.path());
                     }).wait();
  CHECK(text_of(ended.output) == "text");
}

TEST_CASE("no descriptor stays open behind a file") {
  { const temp_file first; }
  const int before = support::open_descriptors();
  {
    temp_file file;
    for (int i = 0; i < 10; ++i) file.replace("x");
    CHECK(support::open_descriptors() == before + 1);
  }
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("a file that is persisted takes the place of another, and is no longer this object's") {
  const support::place here;
  const fs::path target = here.path() / "target";
  support::write_file(target, "old");
  fs::path own;
  {
    temp_file file;
    own = file.path();
    file.write("new");
    file.persist(target);
    CHECK(file.native_handle() < 0);
    CHECK(contains(error_of([&] { file.persist(here.path() / "again"); }), "it was closed or moved from"));
  }
  CHECK(text_of(target) == "new");
  CHECK(mode_of(target) == 0600);
  CHECK_FALSE(fs::exists(own));
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"target"});
}

TEST_CASE("a file that may not replace another is refused, and both are as before") {
  const support::place here;
  const fs::path target = here.path() / "target";
  support::write_file(target, "old");
  temp_file file;
  file.write("new");
  const std::string thrown = error_of([&] { file.persist_noclobber(target); });
  CHECK(thrown == "cannot persist as '" + target.string() + "' the '" + file.path().string() + "': File exists");
  std::error_code failed;
  file.persist_noclobber(target, failed);
  CHECK(failed == std::errc::file_exists);
  CHECK(text_of(target) == "old");
  CHECK(file.read() == "new");
  file.write("er");
  const fs::path own = file.path();
  file.persist_noclobber(here.path() / "free", failed);
  CHECK_FALSE(failed);
  CHECK(text_of(here.path() / "free") == "newer");
  CHECK_FALSE(fs::exists(own));
}

TEST_CASE("a file that is persisted is removed by nobody, also where it has its former name again") {
  const support::place here;
  fs::path own;
  {
    temp_file file;
    own = file.path();
    file.persist(here.path() / "target");
    fs::rename(here.path() / "target", own);
  }
  CHECK(fs::remove(own));
}

TEST_CASE("a file that cannot be persisted stays its owner's") {
  const support::place here;
  temp_file file;
  file.write("x");
  std::error_code failed;
  file.persist(here.path() / "absent" / "target", failed);
  CHECK(failed == std::errc::no_such_file_or_directory);
  fs::create_directory(here.path() / "directory");
  file.persist(here.path() / "directory", failed);
  CHECK(failed == std::errc::is_a_directory);
  CHECK(file.read() == "x");
  file.close();
  CHECK_FALSE(fs::exists(file.path()));
}

TEST_CASE("a file is persisted on another file system, too, in one step") {
  struct stat shared {};
  const support::place here;
  struct stat other {};
  if (::stat("/dev/shm", &shared) != 0 || ::stat(here.path().c_str(), &other) != 0 || shared.st_dev == other.st_dev) {
    WARN("/dev/shm is no other file system here: not tested");
    return;
  }
  const auto ended = fresh_child({{"APART_TMPDIR", "/dev/shm"}}, [&](int output) {
                       const fs::path target = here.path() / "target";
                       support::write_file(target, "old");
                       temp_file refused;
                       std::error_code failed;
                       refused.persist_noclobber(target, failed);
                       if (failed != std::errc::file_exists || text_of(target) != "old") std::abort();
                       temp_file file;
                       const fs::path own = file.path();
                       const std::string text(50'000, 'x');
                       file.write(text);
                       file.persist(target);
                       if (text_of(target) != text || mode_of(target) != 0600 || fs::exists(own)) std::abort();
                       support::write_all(output, own);
                     }).wait();
  CHECK(ended.output.rfind("/dev/shm/apart-", 0) == 0);
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"target"});
}

TEST_CASE("what the system refuses is a code for who asks for one") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path() / "absent"}}, [&](int output) {
                       std::error_code failed;
                       temp_file none("x", ".txt", failed);
                       bool right = failed == std::errc::no_such_file_or_directory && none.path().empty();
                       none.write("x", failed);
                       right = right && failed == std::errc::bad_file_descriptor;
                       none.replace("x", failed);
                       right = right && failed == std::errc::bad_file_descriptor;
                       right = right && none.read(failed).empty() && failed == std::errc::bad_file_descriptor;
                       none.persist(here.path() / "target", failed);
                       right = right && failed == std::errc::bad_file_descriptor;
                       none.close(failed);
                       right = right && !failed;
                       support::write_all(output, right ? "right" : failed.message());
                     }).wait();
  CHECK(ended.output == "right");
  std::error_code failed = std::make_error_code(std::errc::io_error);
  temp_file file("x", {}, failed);
  CHECK_FALSE(failed);
  file.write("text", failed);
  CHECK(file.read(failed) == "text");
  fs::remove(file.path());
  CHECK(file.read(failed).empty());
  CHECK(failed == std::errc::no_such_file_or_directory);
}
