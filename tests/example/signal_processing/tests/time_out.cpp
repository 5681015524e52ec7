#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("a signal past its deadline fails", "[time-out]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.not_after = std::chrono::system_clock::now();
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::failed);
  CHECK(done.status.reason == "the signal exceeded its deadline");
}
