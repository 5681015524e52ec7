#include <apart/context/cancelled_error.hpp>

#include <chrono>
#include <string>
#include <system_error>

#include <apart/context/context.hpp>

#include "catch.hpp"

using apart::context;
using namespace std::chrono_literals;

namespace {

apart::cancelled_error thrown_by(const context& ended) {
  try {
    ended.throw_if_cancelled();
  } catch (const apart::cancelled_error& thrown) {
    return thrown;
  }
  FAIL("nothing was thrown");
  throw;
}

}  // namespace

TEST_CASE("a cancelled_error says how the context ended, when, and why") {
  const auto before = context::clock::now();
  apart::scoped_context work = apart::with_cancel(context::background());
  work.cancel("the run is over");
  const auto after = context::clock::now();
  const apart::cancelled_error thrown = thrown_by(work);
  CHECK(thrown.code() == std::errc::operation_canceled);
  CHECK(thrown.cause() == "the run is over");
  CHECK(thrown.when() >= before);
  CHECK(thrown.when() <= after);
  CHECK_THAT(thrown.what(),
             Catch::Matchers::StartsWith("cancelled ") && Catch::Matchers::EndsWith(" ago: the run is over"));
}

TEST_CASE("a cancelled_error of a deadline says so, and names the nearest owner that has a name") {
  const apart::scoped_context limited = apart::with_timeout(context::background(), 0s, "the login took too long");
  const apart::scoped_context child = apart::with_cancel(limited);
  const apart::cancelled_error thrown = thrown_by(child);
  CHECK(thrown.code() == std::errc::timed_out);
  CHECK_THAT(thrown.what(), Catch::Matchers::StartsWith("with_deadline \"the login took too long\": timed out ") &&
                                Catch::Matchers::EndsWith(" ago: the login took too long"));
}

TEST_CASE("a cancelled_error is an apart::error") {
  const apart::scoped_context ended = apart::with_timeout(context::background(), 0s);
  CHECK_THROWS_AS(ended.throw_if_cancelled(), apart::error);
  CHECK_NOTHROW(context::background().throw_if_cancelled());
}
