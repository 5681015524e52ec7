#include "fixture/signal_test.hpp"

using namespace signals;

TEST_CASE("the client works", "[set-up]") {
  signal_test t{{"owner", "cleo"}};
  t.objects().records().log_in();
  CHECK(t.objects().get("Namespace", "", t.space()).labels == fields{{"owner", "cleo"}});
  CHECK_FALSE(t.objects().find("Pod", t.space(), "web-1"));
}

TEST_CASE("an object is created once and deleted once", "[set-up]") {
  signal_test t;
  t.create("Pod", "web-1");
  CHECK_THROWS_AS(t.create("Pod", "web-1"), already_exists);
  t.objects().remove("Pod", t.space(), "web-1");
  CHECK_THROWS_AS(t.objects().remove("Pod", t.space(), "web-1"), not_found);
  t.create("Pod", "web-1");
}
