#include <apart/file/config_volume.hpp>

#include <string>
#include <vector>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

TEST_CASE("a plain volume holds its files themselves, and a set that changes changes them") {
  apart::config_volume config(apart::config_form::plain);
  config.update({{"a", "one"}, {"b", "two"}});
  config.set("a", "three");
  CHECK(support::names_in(config.path()) == std::vector<std::string>{"a", "b"});
  CHECK(support::text_of(config.path() / "a") == "three");
  config.update({{"b", "four"}});
  CHECK(support::names_in(config.path()) == std::vector<std::string>{"b"});
  CHECK(support::text_of(config.path() / "b") == "four");
}

TEST_CASE("the form of a ConfigMap is an error that says what to do") {
  CHECK(support::contains(support::error_of([] { const apart::config_volume config; }), "config_form::plain"));
}
