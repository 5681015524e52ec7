#include <apart/detail/file_lock.hpp>

#include <cerrno>
#include <string>
#include <utility>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/files.hpp"

using apart::detail::file_lock;
using apart::detail::lock_mode;
using apart::detail::whole_file_lock;

namespace {

file_lock opened(const std::string& path) {
  file_lock lock;
  REQUIRE(lock.open(path) == 0);
  return lock;
}

/// Whether another process could take the lock.
bool free_elsewhere(const std::string& path, lock_mode mode) {
  return support::in_child([&](int output) {
           file_lock lock;
           if (lock.open(path) == 0 && lock.try_lock(mode)) support::write_all(output, "free");
         }).output == "free";
}

}  // namespace

TEST_CASE("an exclusive lock excludes every other, a shared one only the exclusive") {
  const support::place here;
  const std::string path = here.path() / "lock";
  file_lock one = opened(path);
  file_lock two = opened(path);

  REQUIRE(one.try_lock(lock_mode::shared));
  CHECK(two.try_lock(lock_mode::shared));
  CHECK_FALSE(two.try_lock(lock_mode::exclusive));
  CHECK(free_elsewhere(path, lock_mode::shared));
  CHECK_FALSE(free_elsewhere(path, lock_mode::exclusive));

  one.close();
  CHECK(two.try_lock(lock_mode::exclusive));
  CHECK_FALSE(free_elsewhere(path, lock_mode::shared));
  two.unlock();
  CHECK(free_elsewhere(path, lock_mode::exclusive));
}

TEST_CASE("a lock says whether others hold it, and does not count itself") {
  const support::place here;
  const std::string path = here.path() / "lock";
  file_lock one;
  file_lock two;
  REQUIRE(one.open(path, {3, 1}) == 0);
  REQUIRE(two.open(path, {3, 1}) == 0);
  file_lock beside;
  REQUIRE(beside.open(path, {4, 1}) == 0);
  CHECK_FALSE(one.is_held_against(lock_mode::exclusive));
  REQUIRE(one.try_lock(lock_mode::shared));
  CHECK_FALSE(one.is_held_against(lock_mode::exclusive));
  CHECK(two.is_held_against(lock_mode::exclusive));
  CHECK_FALSE(two.is_held_against(lock_mode::shared));
  CHECK_FALSE(beside.is_held_against(lock_mode::exclusive));
  one.unlock();
  CHECK_FALSE(two.is_held_against(lock_mode::exclusive));
}

TEST_CASE("a lock on the whole file excludes as one on its bytes does, and the two do not know of one another") {
  const support::place here;
  const std::string path = here.path() / "lock";
  whole_file_lock one;
  whole_file_lock two;
  REQUIRE(one.open(path) == 0);
  REQUIRE(two.open(path) == 0);
  file_lock bytes = opened(path);
  REQUIRE(bytes.try_lock(lock_mode::exclusive));
  int code = 0;
  REQUIRE(one.try_lock(lock_mode::shared, code));
  CHECK(two.try_lock(lock_mode::shared, code));
  two.unlock();
  CHECK_FALSE(two.try_lock(lock_mode::exclusive, code));
  CHECK(code == 0);
  CHECK(support::in_child([&](int output) {
          one.close();  // a forked child's copy: frees nothing
          whole_file_lock there;
          if (there.open(path) != 0 || there.try_lock(lock_mode::exclusive, code)) support::write_all(output, "freed");
        }).output.empty());
  one.close();
  CHECK(two.lock(lock_mode::exclusive) == 0);
  whole_file_lock moved = std::move(two);
  CHECK(moved.is_open());
  CHECK_FALSE(two.is_open());
  CHECK_FALSE(two.try_lock(lock_mode::shared, code));
  CHECK(code == EBADF);
}

TEST_CASE("a refused upgrade keeps the shared lock") {
  const support::place here;
  const std::string path = here.path() / "lock";
  file_lock one = opened(path);
  file_lock two = opened(path);
  REQUIRE(one.try_lock(lock_mode::shared));
  REQUIRE(two.try_lock(lock_mode::shared));
  REQUIRE_FALSE(one.try_lock(lock_mode::exclusive));
  two.close();
  CHECK_FALSE(free_elsewhere(path, lock_mode::exclusive));
}

TEST_CASE("a forked child holds nothing of its parent's locks, and frees nothing") {
  const support::place here;
  const std::string path = here.path() / "lock";
  support::channel told;
  support::gate stays;
  pid_t grandchild = 0;
  {
    support::child holder([&](int) {
      file_lock lock;
      if (lock.open(path) != 0 || !lock.try_lock(lock_mode::exclusive)) std::abort();
      const pid_t forked = ::fork();
      if (forked == 0) {
        const bool open_here = lock.is_open();
        lock.unlock();
        { const file_lock copy_goes(std::move(lock)); }
        told.say(open_here ? "open" : "closed");
        stays.wait();
        ::_exit(0);
      }
      told.say(std::to_string(forked));
      stays.wait();
    });
    std::string first = told.hear();
    std::string second = told.hear();
    if (first == "closed" || first == "open") std::swap(first, second);
    grandchild = std::stoi(first);
    CHECK(second == "closed");
    CHECK_FALSE(free_elsewhere(path, lock_mode::shared));
    ::kill(holder.process(), SIGKILL);
    // The pipe of the holder's output is the grandchild's, too: not its end but the process's is waited for.
    siginfo_t dead{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(holder.process()), &dead, WEXITED | WNOWAIT) == 0);
    CHECK(::kill(grandchild, 0) == 0);
    CHECK(free_elsewhere(path, lock_mode::exclusive));
    stays.open();
  }
}

TEST_CASE("who waits for a lock gets it when its holder is killed") {
  const support::place here;
  const std::string path = here.path() / "lock";
  support::channel told;
  support::gate never;
  support::child holder([&](int) {
    file_lock lock;
    if (lock.open(path) != 0 || !lock.try_lock(lock_mode::exclusive)) std::abort();
    told.say("held");
    never.wait();
  });
  REQUIRE(told.hear() == "held");
  support::child waiter([&](int output) {
    file_lock lock;
    if (lock.open(path) != 0) std::abort();
    told.say("waits");
    if (lock.lock(lock_mode::shared) != 0) std::abort();
    support::write_all(output, "granted");
  });
  REQUIRE(told.hear() == "waits");
  ::kill(holder.process(), SIGKILL);
  CHECK(waiter.wait().output == "granted");
}

TEST_CASE("a lock knows whether its file still has its name") {
  const support::place here;
  const std::string path = here.path() / "lock";
  file_lock lock = opened(path);
  CHECK(lock.has_its_name());
  REQUIRE(::rename(path.c_str(), (path + ".away").c_str()) == 0);
  CHECK_FALSE(lock.has_its_name());
  const file_lock other = opened(path);
  CHECK_FALSE(lock.has_its_name());
  CHECK(other.has_its_name());
}

TEST_CASE("a lock that was moved from, or moved onto itself, is as expected") {
  const support::place here;
  const std::string path = here.path() / "lock";
  file_lock lock = opened(path);
  REQUIRE(lock.try_lock(lock_mode::exclusive));
  file_lock& same = lock;
  lock = std::move(same);
  CHECK_FALSE(free_elsewhere(path, lock_mode::shared));
  file_lock taken = std::move(lock);
  CHECK_FALSE(lock.is_open());
  lock.close();
  CHECK_FALSE(free_elsewhere(path, lock_mode::shared));
  taken = file_lock();
  CHECK(free_elsewhere(path, lock_mode::exclusive));
}

TEST_CASE("opening a lock follows no link, and leaves no descriptor behind where it fails") {
  const support::place here;
  const int before = support::open_descriptors();
  REQUIRE(::symlink("elsewhere", (here.path() / "link").c_str()) == 0);
  file_lock lock;
  CHECK(lock.open(here.path() / "link") == ELOOP);
  CHECK(lock.open(here.path() / "absent" / "lock") == ENOENT);
  CHECK_FALSE(lock.is_open());
  CHECK(support::open_descriptors() == before);
}
