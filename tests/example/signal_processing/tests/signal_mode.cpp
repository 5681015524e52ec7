#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("what has happened is reactive", "[signal mode]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  CHECK(done.status.mode == "reactive");
  CHECK(done.status.alert == "disk-full");
}

TEST_CASE("what is predicted is proactive", "[signal mode]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.alert = "predicted-disk-full";
  CHECK(t.process(asked).status.mode == "proactive");
}

TEST_CASE("a prediction is about the same alert", "[signal mode]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.alert = "predicted-disk-full";
  const auto done = t.process(asked);
  CHECK(done.status.alert == "disk-full");
  CHECK(done.alert == "predicted-disk-full");
}

TEST_CASE("the word predicted elsewhere in the name means nothing", "[signal mode]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.alert = "disk-predicted-full";
  const auto done = t.process(asked);
  CHECK(done.status.mode == "reactive");
  CHECK(done.status.alert == "disk-predicted-full");
}

TEST_CASE("the audit of a reactive signal says so", "[signal mode]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  CHECK(t.events(done, "decision").at(0).at("mode") == "reactive");
}

TEST_CASE("the audit of a proactive signal says so", "[signal mode]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.alert = "predicted-disk-full";
  CHECK(t.events(t.process(asked), "decision").at(0).at("mode") == "proactive");
}

TEST_CASE("a degraded signal keeps its mode", "[signal mode]") {
  signal_test t;
  auto asked = t.about("Pod/gone");
  asked.alert = "predicted-disk-full";
  const auto done = t.process(asked);
  CHECK(done.status.degraded);
  CHECK(done.status.mode == "proactive");
}

TEST_CASE("a signal that fails keeps its mode", "[signal mode]") {
  signal_test t;
  auto asked = t.about("Unicorn/silver");
  asked.alert = "predicted-disk-full";
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::failed);
  CHECK(done.status.mode == "proactive");
}
