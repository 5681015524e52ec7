#include "component/metrics.hpp"

#include "fixture/signal_test.hpp"

using namespace signals;

// The counters are the process's; the label of the namespace keeps the tests apart.

TEST_CASE("a success is counted", "[metrics]") {
  signal_test t;
  t.process(t.about(t.create("Pod", "web-1")));
  t.process(t.about(""));
  CHECK(metrics::value("signals_total", {{"namespace", t.space()}, {"outcome", "completed"}}) == 2);
  CHECK(metrics::value("signals_total", {{"namespace", t.space()}, {"outcome", "failed"}}) == 0);
}

TEST_CASE("an enrichment is counted", "[metrics]") {
  signal_test t;
  t.process(t.about(t.create("Pod", "web-1")));
  t.process(t.about("Pod/gone"));
  CHECK(metrics::value("enrichments_total", {{"namespace", t.space()}, {"degraded", "no"}}) == 1);
  CHECK(metrics::value("enrichments_total", {{"namespace", t.space()}, {"degraded", "yes"}}) == 1);
}

TEST_CASE("an error is counted", "[metrics]") {
  signal_test t;
  t.process(t.about("Unicorn/silver"));
  CHECK(metrics::value("errors_total", {{"namespace", t.space()}, {"phase", "enriching"}}) == 1);
  CHECK(metrics::value("signals_total", {{"namespace", t.space()}, {"outcome", "failed"}}) == 1);
}
