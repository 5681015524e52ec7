#include "component/audit.hpp"

#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("the audit has one event for each phase", "[audit]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  std::vector<std::string> phases;
  for (const fields& event : t.events(done, "phase")) phases.push_back(event.at("phase"));
  CHECK(phases == std::vector<std::string>{"enriching", "classifying", "completed"});
}

TEST_CASE("the audit has one event for the decision", "[audit]") {
  signal_test t{{"environment", "production"}};
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  const auto decisions = t.events(done, "decision");
  REQUIRE(decisions.size() == 1);
  CHECK(decisions[0].at("environment") == "production");
  CHECK(decisions[0].at("priority") == "P0");
  CHECK(decisions[0].at("severity") == "high");
}

TEST_CASE("the audit has one event for the error", "[audit]") {
  signal_test t;
  const auto done = t.process(t.about("Unicorn/silver"));
  const auto errors = t.events(done, "error");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].at("reason") == done.status.reason);
  CHECK(t.events(done, "decision").empty());
}

TEST_CASE("the audit tells of a namespace that is not there", "[audit]") {
  signal_test t;
  auto asked = t.about("Pod/web-1");
  asked.space += "-missing";
  const auto done = t.process(asked);
  CHECK(t.events(done, "error").at(0).at("reason") == "Namespace " + asked.space + " not found");
}

TEST_CASE("an event that was stored before is left out", "[audit]") {
  signal_test t;
  const auto asked = t.about("Pod/web-1");
  for (int i = 0; i < 3; ++i) {
    audit trail(t.objects().records(), asked);
    trail.entered(phase::enriching);
    trail.send();
  }
  CHECK(t.events(asked).size() == 1);
}

TEST_CASE("the audit of a signal has no event of another", "[audit]") {
  signal_test here;
  signal_test there;
  const auto asked = here.about(here.create("Pod", "web-1"));
  const auto same_name = there.about("");
  REQUIRE(asked.name == same_name.name);
  here.process(asked);
  CHECK(here.events(asked).size() == 4);
  CHECK(there.events(same_name).empty());
}

TEST_CASE("the audit refuses a wrong password", "[audit]") {
  signal_test t;
  endpoint wrong = t.address();
  wrong.password += "?";
  data_service stranger(wrong);
  CHECK_THROWS_AS(stranger.store({{{"space", t.space()}, {"signal", "forged"}}}), login_refused);
  CHECK_THROWS_AS(client(wrong), login_refused);
  auto forged = t.about("");
  forged.name = "forged";
  CHECK(t.events(forged).empty());
}
