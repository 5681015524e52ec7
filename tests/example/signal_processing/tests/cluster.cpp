#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("a signal from a registered cluster gets its region", "[cluster]") {
  signal_test t;
  auto asked = t.about("");
  asked.cluster = t.space() + "-cluster";
  t.create("Cluster", asked.cluster, {{"region", "eu-north"}});
  CHECK(t.process(asked).status.cluster == "eu-north");
}

TEST_CASE("a signal from a cluster that nobody registered has an unknown region", "[cluster]") {
  signal_test t;
  auto asked = t.about("");
  asked.cluster = t.space() + "-cluster";
  const auto done = t.process(asked);
  CHECK(done.status.reached == phase::completed);
  CHECK(done.status.cluster == "unknown");
}

TEST_CASE("clusters are left alone where the feature is off", "[cluster]") {
  controller::options off;
  off.classify_clusters = false;
  signal_test t({}, off);
  auto asked = t.about("");
  asked.cluster = t.space() + "-cluster";
  t.create("Cluster", asked.cluster, {{"region", "eu-north"}});
  CHECK(t.process(asked).status.cluster.empty());
}
