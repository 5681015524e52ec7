#include <apart/detail/windows/file_lock.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include <apart/detail/path_text.hpp>
#include <apart/detail/shared_page.hpp>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/files.hpp"
#include "support/self.hpp"

using apart::detail::file_lock;
using apart::detail::lock_bytes;
using apart::detail::lock_mode;
using apart::detail::whole_file_lock;

namespace {

std::string path_in(const support::place& here) { return apart::detail::path_text(here.path() / "lock"); }

file_lock opened(const std::string& path, lock_bytes bytes = {}) {
  file_lock lock;
  REQUIRE(lock.open(path, bytes) == 0);
  return lock;
}

}  // namespace

TEST_CASE("an exclusive lock excludes every other, a shared one only the exclusive") {
  const support::place here;
  const std::string path = path_in(here);
  file_lock one = opened(path), two = opened(path);
  REQUIRE(one.try_lock(lock_mode::exclusive));
  CHECK_FALSE(two.try_lock(lock_mode::shared));
  CHECK_FALSE(two.try_lock(lock_mode::exclusive));
  REQUIRE(one.try_lock(lock_mode::shared));
  CHECK(two.try_lock(lock_mode::shared));
  CHECK_FALSE(two.try_lock(lock_mode::exclusive));  // keeps what it has
  one.unlock();
  CHECK_FALSE(one.try_lock(lock_mode::exclusive));
  two.close();
  CHECK(one.try_lock(lock_mode::exclusive));
}

TEST_CASE("a lock says whether others hold it, and does not count itself; bytes are locked apart, and all together") {
  const support::place here;
  const std::string path = path_in(here);
  file_lock one = opened(path, {0, 1}), two = opened(path, {1, 1}), all = opened(path);
  REQUIRE(one.try_lock(lock_mode::exclusive));
  REQUIRE(two.try_lock(lock_mode::shared));
  CHECK_FALSE(all.try_lock(lock_mode::shared));
  CHECK_FALSE(one.is_held_against(lock_mode::exclusive));
  CHECK(one.is_held_against(lock_mode::exclusive, {1, 1}));
  CHECK_FALSE(one.is_held_against(lock_mode::shared, {1, 1}));
  CHECK_FALSE(two.is_held_against(lock_mode::exclusive));
  CHECK(all.is_held_against(lock_mode::shared));
  one.close();
  CHECK(all.is_held_against(lock_mode::exclusive));
  CHECK_FALSE(all.is_held_against(lock_mode::shared));
  CHECK(opened(path, {1, 1}).is_held_against(lock_mode::exclusive));  // the question has not freed it
}

TEST_CASE("trials are nobody's lock: a shared one is never refused while others ask and try") {
  const support::place here;
  const std::string path = path_in(here);
  std::atomic<bool> done{false};
  std::atomic<int> asked{0};
  std::thread asks([&] {
    file_lock lock;
    while (lock.open(path, {0, 1}) != 0) {
    }
    while (!done) {
      static_cast<void>(lock.is_held_against(lock_mode::exclusive));
      ++asked;
    }
  });
  int refused = 0;
  file_lock lock = opened(path, {0, 1});
  for (int i = 0; i < 300 || asked < 100; ++i) {
    if (!lock.try_lock(lock_mode::shared)) ++refused;
    lock.unlock();
  }
  done = true;
  asks.join();
  CHECK(refused == 0);
}

TEST_CASE("what is written to a locked file, and read from it, is no matter of the lock") {
  const support::place here;
  const std::string path = path_in(here);
  file_lock lock = opened(path);
  whole_file_lock other;
  int code = 0;
  REQUIRE(lock.try_lock(lock_mode::exclusive));
  REQUIRE(other.open(path) == 0);
  CHECK(other.try_lock(lock_mode::exclusive, code));  // the two do not know of one another
  apart::detail::descriptor file;
  REQUIRE(apart::detail::open_private_file(path, file) == 0);
  CHECK(apart::detail::write_all(file, "text") == 0);
  std::string text;
  CHECK(apart::detail::read_file(path, text) == 0);
  CHECK(text == "text");
  apart::detail::shared_page<int> page, same;
  REQUIRE(page.open(path) == 0);
  REQUIRE(same.open(path) == 0);
  *page = 4711;
  CHECK(*same == 4711);
}

TEST_CASE("a lock is free when its holder is killed, and who waits for it gets it") {
  const support::place here;
  const std::string path = path_in(here);
  support::self holder("holds a lock", {{"LOCKED", path}});
  REQUIRE(holder.hear() == "locked");
  file_lock lock = opened(path);
  CHECK_FALSE(lock.try_lock(lock_mode::shared));
  whole_file_lock whole;
  REQUIRE(whole.open(path) == 0);
  int code = 0;
  CHECK_FALSE(whole.try_lock(lock_mode::shared, code));
  CHECK(code == 0);
  std::thread waits([&] { CHECK(lock.lock(lock_mode::exclusive) == 0); });
  holder.kill();
  waits.join();
  CHECK(whole.lock(lock_mode::exclusive) == 0);
}
TEST_CASE("holds a lock", "[.][self]") {
  const std::string path = std::getenv("LOCKED");
  file_lock lock = opened(path);
  whole_file_lock whole;
  int code = 0;
  REQUIRE(whole.open(path) == 0);
  if (lock.try_lock(lock_mode::exclusive) && whole.try_lock(lock_mode::exclusive, code)) support::say("locked");
  support::wait_to_go_on();
}

TEST_CASE("a lock knows whether its file still has its name") {
  const support::place here;
  const std::string path = path_in(here);
  const file_lock lock = opened(path);
  CHECK(lock.has_its_name());
  REQUIRE(apart::detail::move_file(path, path + ".moved", apart::detail::existing_file::is_replaced) == 0);
  CHECK_FALSE(lock.has_its_name());
  const file_lock other = opened(path);
  CHECK_FALSE(lock.has_its_name());
  CHECK(other.has_its_name());
}

TEST_CASE("a moved lock is held by one object") {
  const support::place here;
  const std::string path = path_in(here);
  file_lock one = opened(path);
  REQUIRE(one.try_lock(lock_mode::exclusive));
  file_lock two = std::move(one);
  CHECK_FALSE(one.is_open());
  file_lock third = opened(path);
  CHECK_FALSE(third.try_lock(lock_mode::shared));
  two = file_lock();
  CHECK(third.try_lock(lock_mode::shared));
}
