#include <thread>

#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("a severity is normalised and the original is kept", "[severity]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.severity = "sev1";
  const auto done = t.process(asked);
  CHECK(done.status.severity == "critical");
  CHECK(done.severity == "sev1");
}

TEST_CASE("a severity that is normal already stays", "[severity]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.severity = "medium";
  CHECK(t.process(asked).status.severity == "medium");
}

TEST_CASE("the case of a severity does not matter", "[severity]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.severity = "LOW";
  const auto done = t.process(asked);
  CHECK(done.status.severity == "low");
  CHECK(done.severity == "LOW");
}

TEST_CASE("a severity that nobody knows falls back to unknown", "[severity]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.severity = "purple";
  CHECK(t.process(asked).status.severity == "unknown");
}

TEST_CASE("a change of the policy changes the next severity", "[severity]") {
  signal_test t;
  const auto target = t.create("Pod", "web-1");
  CHECK(t.process(t.about(target)).status.severity == "high");
  t.change_policy("severity = info when severity is sev2");
  CHECK(t.process(t.about(target)).status.severity == "info");
}

TEST_CASE("a change of the policy leaves what was decided", "[severity]") {
  signal_test t;
  const auto before = t.process(t.about(t.create("Pod", "web-1")));
  t.change_policy("severity = info");
  const auto after = t.finished(before);
  CHECK(after.status.severity == "high");
  CHECK(after.status.policy == before.status.policy);
}

TEST_CASE("the hash of the policy stands in the audit", "[severity]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  CHECK(done.status.policy == hash_of(standard_policy));
  CHECK(t.events(done, "decision").at(0).at("policy") == done.status.policy);
}

TEST_CASE("another policy has another hash in the audit", "[severity]") {
  signal_test t;
  const auto target = t.create("Pod", "web-1");
  const auto before = t.process(t.about(target));
  t.change_policy("severity = info");
  const auto after = t.process(t.about(target));
  CHECK(t.events(after, "decision").at(0).at("policy") == hash_of("severity = info"));
  CHECK(t.events(before, "decision").at(0).at("policy") != hash_of("severity = info"));
}

TEST_CASE("a failure that stays ends in failed after three attempts", "[severity]") {
  signal_test t;
  t.change_policy("severity = $severity");
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.severity = "purple";
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::failed);
  CHECK(done.status.reason == "the policy decided on the severity 'purple', which is none");
  CHECK(t.events(done, "error").size() == 1);  // three attempts with the same words
}

TEST_CASE("severities are decided concurrently", "[severity]") {
  signal_test t;
  const auto target = t.create("Pod", "web-1");
  const std::vector<std::pair<std::string, std::string>> expected{
      {"sev1", "critical"}, {"sev2", "high"}, {"medium", "medium"}, {"Info", "info"}, {"?", "unknown"}};
  std::vector<decltype(t.about(target))> asked;
  for (const auto& each : expected) {
    asked.push_back(t.about(target));
    asked.back().severity = each.first;
  }
  std::vector<std::thread> senders;
  for (const auto& each : asked) senders.emplace_back([&] { t.submit(each); });
  for (std::thread& sender : senders) sender.join();
  for (std::size_t i = 0; i < asked.size(); ++i) CHECK(t.finished(asked[i]).status.severity == expected[i].second);
}
