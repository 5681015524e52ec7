#include <apart/detail/keep_policy.hpp>

#include <cstdlib>
#include <string>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"

using namespace apart::detail;

namespace {
bool keeps(const char* setting, bool failed) {
  if (setting == nullptr) {
    ::unsetenv("APART_KEEP");
  } else {
    ::setenv("APART_KEEP", setting, 1);
  }
  known_keep_policy.store(keep_policy::unread);
  test_failed.store(failed);
  return keeps_now();
}
}  // namespace

TEST_CASE("APART_KEEP says what stays") {
  CHECK_FALSE(keeps(nullptr, true));
  CHECK_FALSE(keeps("", true));
  CHECK_FALSE(keeps("none", true));
  CHECK_FALSE(keeps("failed", false));
  CHECK(keeps("failed", true));
  CHECK(keeps("all", false));
}

TEST_CASE("an unknown value of APART_KEEP is an error that names it") {
  const std::string text = support::error_of([] { keeps("some", false); });
  CHECK(text == "APART_KEEP='some' is not known: give none, failed or all");
  CHECK(support::error_of([] { keeps("all", false); }).empty());
}
