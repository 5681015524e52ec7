#include "fixture/signal_test.hpp"

using namespace signals;

namespace {

/// The events of a signal as one line of words.
std::string story_of(signal_test& t, const std::vector<fields>& events) {
  std::string story = t.space();
  for (const fields& event : events) {
    story += ' ' + (event.at("type") == "phase" ? event.at("phase") : event.at("type"));
  }
  return story.substr(t.space().size() + 1);
}

}  // namespace

TEST_CASE("the events of a good signal stand in order", "[events]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  CHECK(story_of(t, t.events(done)) == "enriching classifying decision completed");
}

TEST_CASE("the events of a failing signal stand in order", "[events]") {
  signal_test t;
  auto asked = t.about("Pod/web-1");
  asked.space += "-missing";
  CHECK(story_of(t, t.events(t.process(asked))) == "enriching error failed");
}

TEST_CASE("the events of a degraded signal stand in order", "[events]") {
  signal_test t;
  const auto done = t.process(t.about("Pod/gone"));
  CHECK(story_of(t, t.events(done)) == "enriching classifying decision completed");
  CHECK(t.events(done, "decision").at(0).at("degraded") == "yes");
}
