// Members of a run in one process play its machines.

#include <apart/launch/set_ups_of_machines.hpp>

#include <memory>
#include <string>
#include <vector>

#include <apart/run/per_run.hpp>

#include "catch.hpp"
#include "support/coordinators.hpp"

namespace {

const char* const of_the_run = "of the run";
const char* const of_each = "of each machine";

const apart::per_run once{of_the_run, [] { return std::string(); }};
const apart::per_run each{of_each, [] { return std::string(); }, nullptr, apart::scope::machine};

class machine {
 public:
  explicit machine(const support::joinable_run& run) : member_(run.join()), set_ups(member_.get()) {}

 private:
  std::unique_ptr<apart::coordinator> member_;

 public:
  apart::set_ups_of_machines set_ups;
};

bool is_undecided(const apart::set_ups_of_machines::answer& said) { return !said.is_mine && !said.outcome; }

support::joinable_run any_kind() { return GENERATE(from_range(support::kinds_of_coordinators()))(); }

}  // namespace

TEST_CASE("who asks first sets up, and the others get the payload") {
  const auto run = any_kind();
  machine first(run);
  machine second(run);
  CHECK(first.set_ups.ask(of_the_run).is_mine);
  CHECK(is_undecided(second.set_ups.ask(of_the_run)));
  first.set_ups.decided(of_the_run, {true, "the payload"});
  const auto known = second.set_ups.ask(of_the_run);
  CHECK_FALSE(known.is_mine);
  REQUIRE(known.outcome);
  CHECK(known.outcome->ready);
  CHECK(known.outcome->bytes == "the payload");
}

TEST_CASE("what is of a machine, or unknown, or not spread over machines, is its own") {
  const auto run = any_kind();
  machine first(run);
  machine second(run);
  apart::set_ups_of_machines alone(nullptr);
  for (apart::set_ups_of_machines* const one : {&first.set_ups, &second.set_ups}) {
    CHECK(one->ask(of_each).is_mine);
    CHECK(one->ask("unknown").is_mine);
    one->decided(of_each, {true, ""});
    CHECK(one->may_tear_down(of_each));
    one->torn_down(of_each);
  }
  CHECK(alone.ask(of_the_run).is_mine);
  alone.decided(of_the_run, {true, ""});
  CHECK(alone.may_tear_down(of_the_run));
  CHECK_FALSE(alone.leave(of_the_run));
}

TEST_CASE("a set-up that fails fails all, and nobody has anything to leave") {
  const auto run = any_kind();
  machine first(run);
  machine second(run);
  REQUIRE(first.set_ups.ask(of_the_run).is_mine);
  first.set_ups.decided(of_the_run, {false, "no port is free"});
  for (apart::set_ups_of_machines* const one : {&first.set_ups, &second.set_ups}) {
    const auto known = one->ask(of_the_run);
    REQUIRE(known.outcome);
    CHECK_FALSE(known.outcome->ready);
    CHECK(known.outcome->bytes == "no port is free");
    CHECK_FALSE(one->leave(of_the_run));
  }
}

TEST_CASE("what is given up, or whose owner dies, falls to the next that asks") {
  const auto run = any_kind();
  auto first = std::make_unique<machine>(run);
  machine second(run);
  machine third(run);
  REQUIRE(first->set_ups.ask(of_the_run).is_mine);
  REQUIRE(is_undecided(second.set_ups.ask(of_the_run)));
  SECTION("given up") { first->set_ups.give_up(of_the_run); }
  SECTION("dead") { first.reset(); }
  CHECK(second.set_ups.ask(of_the_run).is_mine);
  CHECK(is_undecided(third.set_ups.ask(of_the_run)));
}

TEST_CASE("the owner tears down when all others have left, and then it can be set up anew") {
  const auto run = any_kind();
  machine owner(run);
  auto user = std::make_unique<machine>(run);
  machine late(run);
  REQUIRE(owner.set_ups.ask(of_the_run).is_mine);
  owner.set_ups.decided(of_the_run, {true, "first"});
  REQUIRE(user->set_ups.ask(of_the_run).outcome);
  CHECK_FALSE(owner.set_ups.may_tear_down(of_the_run));
  CHECK_FALSE(owner.set_ups.may_tear_down(of_the_run));
  SECTION("by leaving it") { CHECK_FALSE(user->set_ups.leave(of_the_run)); }
  SECTION("by their death") { user.reset(); }
  CHECK(owner.set_ups.may_tear_down(of_the_run));
  CHECK(is_undecided(late.set_ups.ask(of_the_run)));
  owner.set_ups.torn_down(of_the_run);
  CHECK(late.set_ups.ask(of_the_run).is_mine);
  late.set_ups.decided(of_the_run, {true, "second"});
  CHECK(owner.set_ups.ask(of_the_run).outcome->bytes == "second");
}

TEST_CASE("where the owner has died, the last that stands on it tears down") {
  const auto run = any_kind();
  auto owner = std::make_unique<machine>(run);
  machine one(run);
  machine other(run);
  REQUIRE(owner->set_ups.ask(of_the_run).is_mine);
  owner->set_ups.decided(of_the_run, {true, ""});
  REQUIRE(one.set_ups.ask(of_the_run).outcome);
  REQUIRE(other.set_ups.ask(of_the_run).outcome);
  owner.reset();
  CHECK(one.set_ups.leave(of_the_run));
  CHECK_FALSE(one.set_ups.may_tear_down(of_the_run));
  CHECK_FALSE(other.set_ups.leave(of_the_run));
  CHECK(one.set_ups.may_tear_down(of_the_run));
  one.set_ups.torn_down(of_the_run);
  machine late(run);
  CHECK(late.set_ups.ask(of_the_run).is_mine);
}

TEST_CASE("one who has waited in vain keeps nobody from the tear-down") {
  const auto run = any_kind();
  machine owner(run);
  machine other(run);
  REQUIRE(owner.set_ups.ask(of_the_run).is_mine);
  REQUIRE(is_undecided(other.set_ups.ask(of_the_run)));
  CHECK_FALSE(other.set_ups.leave(of_the_run));
  owner.set_ups.decided(of_the_run, {true, ""});
  CHECK(owner.set_ups.may_tear_down(of_the_run));
}
