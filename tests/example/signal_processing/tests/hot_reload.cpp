#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("a valid update of the policy is applied at once", "[hot reload]") {
  signal_test t{{"environment", "production"}};
  const auto target = t.create("Pod", "web-1");
  CHECK(t.process(t.about(target)).status.priority == "P0");
  t.change_policy("priority = P1 when environment is production");
  const auto done = t.process(t.about(target));
  CHECK(done.status.priority == "P1");
  CHECK(done.status.policy == t.policies().current()->hash());
}

TEST_CASE("an invalid update keeps the old policy", "[hot reload]") {
  signal_test t{{"environment", "production"}};
  t.write_policy("priority = P1 when the moon is full");
  REQUIRE(t.eventually([&] { return t.policies().refused() == 1; }));
  CHECK(t.policies().current()->hash() == hash_of(standard_policy));
  CHECK(t.process(t.about(t.create("Pod", "web-1"))).status.priority == "P0");
}

TEST_CASE("a change of the mounted volume is noticed", "[hot reload]") {
  signal_test t;
  const auto held = t.policies().current();
  for (const char* next : {"P1", "P2", "P0"}) {
    t.change_policy("priority = " + std::string(next));
    CHECK(t.policies().current()->evaluate({}, "", t.context()).priority == next);
  }
  CHECK(held->hash() == hash_of(standard_policy));
  CHECK(t.policies().refused() == 0);
}
