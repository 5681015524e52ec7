#include "component/enricher.hpp"
#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("a pod is enriched with its labels and owners", "[enrichment]") {
  signal_test t;
  t.create("ReplicaSet", "web-7");
  const auto target = t.create("Pod", "web-7-1", {{"app", "web"}}, "ReplicaSet/web-7");
  const auto found = enrich(t.objects(), t.process(t.about(target)));
  CHECK(found.target_labels == fields{{"app", "web"}});
  CHECK(found.owners == std::vector<std::string>{"ReplicaSet/web-7"});
}

TEST_CASE("a deployment is enriched", "[enrichment]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Deployment", "web", {{"owner", "anna"}})));
  CHECK_FALSE(done.status.degraded);
  CHECK(done.status.labels == fields{{"owner", "anna"}});
}

TEST_CASE("a stateful set is enriched", "[enrichment]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("StatefulSet", "db", {{"owner", "ben"}})));
  CHECK_FALSE(done.status.degraded);
  CHECK(done.status.labels == fields{{"owner", "ben"}});
}

TEST_CASE("a service is enriched", "[enrichment]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Service", "web", {{"app", "checkout"}})));
  CHECK_FALSE(done.status.degraded);
  CHECK(done.status.labels == fields{{"team", "payments"}});
}

TEST_CASE("a namespace is enriched", "[enrichment]") {
  signal_test t{{"owner", "cleo"}};
  const auto done = t.process(t.about("Namespace/" + t.space()));
  CHECK_FALSE(done.status.degraded);
  CHECK(done.status.labels == fields{{"owner", "cleo"}});
}

TEST_CASE("a node is enriched although it stands in no namespace", "[enrichment]") {
  signal_test t;
  const auto done = t.process(t.about(t.create("Node", t.space() + "-node", {{"owner", "dora"}})));
  CHECK_FALSE(done.status.degraded);
  CHECK(done.status.labels == fields{{"owner", "dora"}});
}

TEST_CASE("the labels of the namespace stand in for a target that is not there", "[enrichment]") {
  signal_test t{{"owner", "cleo"}};
  const auto done = t.process(t.about("Pod/gone"));
  CHECK(done.status.degraded);
  CHECK(done.status.labels == fields{{"owner", "cleo"}});
}

TEST_CASE("the labels of the target beat those of the namespace", "[enrichment]") {
  signal_test t{{"owner", "cleo"}};
  const auto done = t.process(t.about(t.create("Pod", "web-1", {{"owner", "anna"}})));
  CHECK(done.status.labels == fields{{"owner", "anna"}});
}

TEST_CASE("a label beats a rule", "[enrichment]") {
  signal_test t{{"tier", "prod-eu"}};
  const auto done = t.process(t.about(t.create("Pod", "web-1", {{"environment", "staging"}})));
  CHECK(done.status.environment == "staging");
  CHECK(done.status.environment_source == "label");
  CHECK(done.status.priority == "P2");
}

TEST_CASE("the labels of the signal come last", "[enrichment]") {
  signal_test t;
  auto asked = t.about(t.create("Pod", "web-1", {{"owner", "anna"}}));
  asked.labels = {{"owner", "mallory"}, {"app", "checkout"}};
  CHECK(t.process(asked).status.labels == fields{{"owner", "anna"}, {"team", "payments"}});
}

TEST_CASE("a signal without a target is not degraded", "[enrichment]") {
  signal_test t{{"tier", "stage"}};
  const auto done = t.process(t.about(""));
  CHECK_FALSE(done.status.degraded);
  CHECK(done.status.environment == "staging");
}

TEST_CASE("a missing namespace is an error", "[enrichment]") {
  signal_test t;
  auto asked = t.about("Pod/web-1");
  asked.space += "-missing";
  CHECK_THROWS_AS(enrich(t.objects(), asked), not_found);
  CHECK(t.process(asked).status.reached == phase::failed);
}

TEST_CASE("a target is looked for in its own namespace only", "[enrichment]") {
  signal_test here;
  signal_test there;
  there.create("Pod", "web-1");
  CHECK(here.process(here.about("Pod/web-1")).status.degraded);
  CHECK_FALSE(there.process(there.about("Pod/web-1")).status.degraded);
}
