#include "component/metrics.hpp"
#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("a signal of production gets P0", "[reconciler]") {
  signal_test t{{"environment", "production"}};
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  CHECK(done.status.reached == phase::completed);
  CHECK(done.status.priority == "P0");
}

TEST_CASE("a signal of staging gets P2", "[reconciler]") {
  signal_test t{{"environment", "staging"}};
  CHECK(t.process(t.about(t.create("Pod", "web-1"))).status.priority == "P2");
}

TEST_CASE("a signal of development gets P3", "[reconciler]") {
  signal_test t{{"environment", "development"}};
  CHECK(t.process(t.about(t.create("Pod", "web-1"))).status.priority == "P3");
}

TEST_CASE("the environment comes from the label of the namespace", "[reconciler]") {
  signal_test t{{"environment", "staging"}};
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  CHECK(done.status.environment == "staging");
  CHECK(done.status.environment_source == "label");
}

TEST_CASE("the environment comes from a rule where there is no label", "[reconciler]") {
  signal_test t{{"tier", "prod-eu"}};
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  CHECK(done.status.environment == "production");
  CHECK(done.status.environment_source == "rule");
}

TEST_CASE("the environment is unknown without label and rule", "[reconciler]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1")));
  CHECK(done.status.environment == "unknown");
  CHECK(done.status.environment_source == "default");
  CHECK(done.status.priority == "P3");
}

TEST_CASE("the business unit is the one of the namespace", "[reconciler]") {
  signal_test t{{"business-unit", "retail"}};
  CHECK(t.process(t.about(t.create("Pod", "web-1"))).status.business_unit == "retail");
}

TEST_CASE("the business unit is unknown where the namespace names none", "[reconciler]") {
  signal_test t;
  CHECK(t.process(t.about(t.create("Pod", "web-1"))).status.business_unit == "unknown");
}

TEST_CASE("the owners of the target are found", "[reconciler]") {
  signal_test t;
  t.create("Deployment", "web");
  t.create("ReplicaSet", "web-7", {}, "Deployment/web");
  const auto done = t.process(t.about(t.create("Pod", "web-7-1", {}, "ReplicaSet/web-7")));
  CHECK(done.status.owners == std::vector<std::string>{"ReplicaSet/web-7", "Deployment/web"});
}

TEST_CASE("the owner chain stops at five", "[reconciler]") {
  signal_test t;
  std::string owner;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) owner = t.create("Deployment", name, {}, owner);
  const auto done = t.process(t.about(owner));
  CHECK(done.status.owners ==
        std::vector<std::string>{"Deployment/f", "Deployment/e", "Deployment/d", "Deployment/c", "Deployment/b"});
}

TEST_CASE("owners in a circle stop at five", "[reconciler]") {
  signal_test t;
  t.create("Deployment", "a", {}, "Deployment/b");
  const auto done = t.process(t.about(t.create("Deployment", "b", {}, "Deployment/a")));
  CHECK(done.status.reached == phase::completed);
  CHECK(done.status.owners.size() == 5);
}

TEST_CASE("an owner that is not there ends the chain", "[reconciler]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1", {}, "ReplicaSet/gone")));
  CHECK(done.status.reached == phase::completed);
  CHECK_FALSE(done.status.degraded);
  CHECK(done.status.owners == std::vector<std::string>{"ReplicaSet/gone"});
}

TEST_CASE("the policy gives labels", "[reconciler]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1", {{"app", "checkout"}})));
  CHECK(done.status.labels == fields{{"team", "payments"}});
}

TEST_CASE("the policy copies labels of the target", "[reconciler]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Pod", "web-1", {{"owner", "anna"}})));
  CHECK(done.status.labels == fields{{"owner", "anna"}});
}

TEST_CASE("a target that is not there means degraded mode and no failure", "[reconciler]") {
  signal_test t;
  const auto done = t.process(t.about("Pod/gone"));
  CHECK(done.status.reached == phase::completed);
  CHECK(done.status.degraded);
  CHECK(done.status.owners.empty());
}

TEST_CASE("a degraded signal is classified by its namespace", "[reconciler]") {
  signal_test t{{"environment", "production"}};
  const auto done = t.process(t.about("Pod/gone"));
  CHECK(done.status.degraded);
  CHECK(done.status.priority == "P0");
}

TEST_CASE("ten signals at once are all completed", "[reconciler]") {
  signal_test t{{"environment", "production"}};
  const std::string target = t.create("Pod", "web-1");
  std::vector<decltype(t.about(target))> asked;
  for (int i = 0; i < 10; ++i) t.submit(asked.emplace_back(t.about(target)));
  for (const auto& each : asked) {
    const auto done = t.finished(each);
    CHECK(done.status.reached == phase::completed);
    CHECK(done.status.priority == "P0");
    CHECK(t.events(each, "decision").size() == 1);
  }
}

TEST_CASE("signals about different targets do not mix", "[reconciler]") {
  signal_test t;
  auto one = t.about(t.create("Pod", "web-1", {{"owner", "anna"}}));
  auto other = t.about(t.create("Pod", "web-2", {{"owner", "ben"}}));
  t.submit(one);
  t.submit(other);
  CHECK(t.finished(one).status.labels == fields{{"owner", "anna"}});
  CHECK(t.finished(other).status.labels == fields{{"owner", "ben"}});
}

TEST_CASE("a signal with nothing but a name is completed", "[reconciler]") {
  signal_test t;
  auto asked = t.about("");
  asked.alert = asked.severity = "";
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::completed);
  CHECK(done.status.severity == "unknown");
  CHECK_FALSE(done.status.degraded);
}

TEST_CASE("hostile bytes in every field come back as they were", "[reconciler]") {
  using namespace std::string_literals;
  const std::string hostile = "=\\n\n\n'); drop table objects; --\0\xff\xfe ${HOME} %s ü"s;
  signal_test t;
  auto asked = t.about("");
  asked.name += hostile;
  asked.alert = asked.severity = hostile;
  asked.labels = {{hostile, hostile}};
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::completed);
  CHECK(done.alert == hostile);
  CHECK(done.severity == hostile);
  CHECK(done.labels == asked.labels);
}

TEST_CASE("a signal with many long labels is kept whole", "[reconciler]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1"));
  for (int i = 0; i < 100; ++i) asked.labels["label-" + std::to_string(i)] = std::string(1000, 'x');
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::completed);
  CHECK(done.labels == asked.labels);
}

TEST_CASE("a missing namespace fails the enrichment", "[reconciler]") {
  signal_test t;
  auto asked = t.about("Pod/web-1");
  asked.space += "-missing";
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::failed);
  CHECK(done.status.reason == "Namespace " + asked.space + " not found");
  CHECK(t.events(done, "error").at(0).at("phase") == "enriching");
}

TEST_CASE("a target of a kind that nobody knows fails the enrichment", "[reconciler]") {
  signal_test t;
  const auto done = t.process(t.about("Unicorn/silver"));
  CHECK(done.status.reached == phase::failed);
  CHECK(done.status.reason == "kind Unicorn is not registered");
  CHECK(t.events(done, "error").at(0).at("phase") == "enriching");
}

TEST_CASE("a policy that cannot decide fails the classification", "[reconciler]") {
  signal_test t;
  t.change_policy("severity = $severity");
  auto asked = t.about(t.create("Pod", "web-1"));
  asked.severity = "purple";
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::failed);
  CHECK(t.events(done, "error").at(0).at("phase") == "classifying");
}

TEST_CASE("a signal that is not there does not stop the queue", "[reconciler]") {
  signal_test t;
  t.the_controller().submit(t.space(), "nobody");
  CHECK(t.process(t.about(t.create("Pod", "web-1"))).status.reached == phase::completed);
}

TEST_CASE("a signal that is final is not worked on again", "[reconciler]") {
  signal_test t;
  const std::string target = t.create("Pod", "web-1");
  const auto done = t.process(t.about(target));
  t.the_controller().submit(done.space, done.name);
  t.process(t.about(target));
  CHECK(metrics::value("signals_total", {{"namespace", t.space()}, {"outcome", "completed"}}) == 2);
  CHECK(t.events(done).size() == 4);
}
