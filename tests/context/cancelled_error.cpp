#include <apart/context/cancelled_error.hpp>

#include <chrono>
#include <string>
#include <system_error>

#include <apart/context/context.hpp>

#include "catch.hpp"

using apart::context;
using Catch::Matchers::Matches;
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

apart::scoped_context test_called(const char* name) {
  return apart::detail::context_access::child_of(context::background(), "test",
                                                 apart::detail::shared_unless_empty(name));
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

TEST_CASE("a cancelled_error names the nearest owner, and not the limits inside it") {
  const apart::scoped_context test = test_called("order");
  const apart::scoped_context limited = apart::with_timeout(test, 0s, "the login took too long");
  const apart::scoped_context child = apart::with_cancel(limited);
  const apart::cancelled_error thrown = thrown_by(child);
  CHECK(thrown.code() == std::errc::timed_out);
  CHECK_THAT(thrown.what(), Matches("test \"order\": timed out [0-9]+ ms ago: the login took too long"));
}

TEST_CASE("a cancelled_error blames the limit that ended the wait") {
  const apart::scoped_context outer = apart::with_timeout(context::background(), 1ms, "slow");
  const apart::scoped_context inner = apart::with_timeout(outer, 10s, "inner limit");
  inner.wait();
  CHECK_THAT(thrown_by(inner).what(), Matches("timed out [0-9]+ ms ago: slow"));
}

TEST_CASE("a cancelled_error says once that a context was cancelled where nobody said why") {
  apart::scoped_context work = apart::with_cancel(context::background());
  work.cancel();
  CHECK_THAT(thrown_by(work).what(), Matches("cancelled [0-9]+ ms ago"));
  CHECK(thrown_by(work).cause() == "cancelled");
}

TEST_CASE("a cancelled_error is one line whatever it names") {
  apart::scoped_context test = test_called("stores\na record");
  test.cancel("line 1\nline 2");
  CHECK_THAT(thrown_by(test).what(), Matches(R"(test "stores\\na record": cancelled [0-9]+ ms ago: line 1\\nline 2)"));
  CHECK(thrown_by(test).cause() == "line 1\nline 2");
}

TEST_CASE("a cancelled_error is an apart::error") {
  const apart::scoped_context ended = apart::with_timeout(context::background(), 0s);
  CHECK_THROWS_AS(ended.throw_if_cancelled(), apart::error);
  CHECK_NOTHROW(context::background().throw_if_cancelled());
}
