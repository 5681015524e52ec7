#include <apart/context/cancelled_error.hpp>

#include <string>
#include <system_error>

#include "catch.hpp"

TEST_CASE("a cancelled_error says the cause, or else what the code means") {
  const auto canceled = std::make_error_code(std::errc::operation_canceled);
  const apart::cancelled_error with_cause(canceled, "the test has ended");
  CHECK(std::string(with_cause.what()) == "the test has ended");
  CHECK(with_cause.cause() == "the test has ended");
  CHECK(with_cause.code() == std::errc::operation_canceled);
  const apart::cancelled_error without(std::make_error_code(std::errc::timed_out), {});
  CHECK(std::string(without.what()) == without.code().message());
}

TEST_CASE("a cancelled_error is an apart::error") {
  const auto throws = [] { apart::detail::raise(apart::cancelled_error({}, "x")); };
  CHECK_THROWS_AS(throws(), apart::error);
}
