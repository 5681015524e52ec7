#include <apart/run/run_lock.hpp>

#include <chrono>
#include <string>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/self.hpp"

using namespace std::chrono_literals;

namespace {

/// Another process of one run in `here`.
support::self locker(const char* test, const support::place& here, const std::string& name = "a table") {
  return support::self(test, {{"APART_TMPDIR", here.path().string()}, {"APART_RUN_ID", "one"}, {"LOCKED", name}});
}

std::string locked() { return std::getenv("LOCKED"); }

}  // namespace

TEST_CASE("one process has a lock, until it lets go or is killed; those who share it have it together") {
  const support::place here;
  support::self holder = locker("locks", here);
  REQUIRE(holder.hear() == "locked");
  {
    support::self other = locker("tries to lock", here);
    const std::string refusal = other.hear();
    CHECK(support::contains(refusal, "run_lock \"a table\": "));
    CHECK(support::contains(refusal, "held by process " + std::to_string(::GetProcessId(holder.process()))));
  }
  CHECK(locker("tries to lock", here, "another table").hear() == "locked");
  support::self waits = locker("locks", here);
  holder.kill();
  CHECK(waits.hear() == "locked");
  support::self shares = locker("locks shared", here), too = locker("locks shared", here);
  waits.let_go_on();
  CHECK(shares.hear() == "locked");
  CHECK(too.hear() == "locked");
  CHECK(support::contains(locker("tries to lock", here).hear(), "shared, perhaps with others"));
  shares.let_go_on();
  too.let_go_on();
  CHECK(shares.wait() == 0);
  CHECK(too.wait() == 0);
  CHECK(waits.wait() == 0);
  CHECK(support::names_in(here.root()).empty());  // the last one has removed all
}
TEST_CASE("locks", "[.][self]") {
  const apart::run_lock lock(locked());
  support::say("locked");
  support::wait_to_go_on();
}
TEST_CASE("locks shared", "[.][self]") {
  const apart::shared_run_lock lock(locked());
  support::say("locked");
  support::wait_to_go_on();
}
TEST_CASE("tries to lock", "[.][self]") {
  const std::string refusal = support::error_of([] {
    const apart::scoped_context soon = apart::with_timeout(apart::context::background(), 50ms);
    const apart::run_lock lock(locked(), soon);
  });
  support::say(refusal.empty() ? "locked" : refusal);
}

TEST_CASE("a thread that locks what it holds is told") {
  const support::place here;
  CHECK(support::contains(locker("locks twice", here).hear(), "is held by this thread already"));
}
TEST_CASE("locks twice", "[.][self]") {
  const apart::run_lock lock(locked());
  support::say(support::error_of([] { const apart::shared_run_lock again(locked()); }));
}
