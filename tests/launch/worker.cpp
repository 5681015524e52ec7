#include <apart/launch/worker.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/error_of.hpp"

using apart::outcome;
using apart::planned_test;
using apart::detail::finished_message;
using apart::detail::message;
using apart::detail::wire_reader;
using apart::detail::wire_writer;

namespace {

/// As the other end reads it.
wire_reader received(wire_writer sent) { return wire_reader(sent.bytes().substr(4)); }

std::string difference(const std::vector<std::string>& theirs, const std::vector<std::string>& ours) {
  wire_writer listing(message::listing);
  listing.number(theirs.size());
  for (const std::string& name : theirs) listing.text(name);
  std::vector<planned_test> expected;
  for (const std::string& name : ours) expected.push_back({name});
  wire_reader told = received(std::move(listing));
  return apart::detail::difference_of(told, expected);
}

}  // namespace

TEST_CASE("the first test that is another one is named, or said to be missing") {
  const std::string advice = "; give tests names and an order that are the same in every process";
  CHECK(difference({"a", "x"}, {"a", "b"}) == "number 2 is \"x\" there and \"b\" here" + advice);
  CHECK(difference({"a"}, {"a", "b"}) == "number 2 is missing there and \"b\" here" + advice);
  CHECK(difference({"a", "b", "c"}, {"a", "b"}) == "number 3 is \"c\" there and missing here" + advice);
  CHECK(difference({"b", "a"}, {"a", "b"}) == "number 1 is \"b\" there and \"a\" here" + advice);
}

TEST_CASE("what a worker tells of a test is read as it was told") {
  const std::chrono::steady_clock::time_point begin{std::chrono::microseconds(1234567)};
  const auto end = begin + std::chrono::nanoseconds(89);
  wire_writer sent(message::finished);
  sent.number(static_cast<std::uint64_t>(outcome::skipped)).moment(begin).moment(end);
  sent.moment(begin).moment(begin).number(10).number(20);
  sent.text("why").number(1).number(2).text("one").text("other").number(1).text("a lock").moment(begin).moment(end);
  wire_reader told = received(std::move(sent));
  const finished_message read = finished_message::read(told, "name", 3);
  CHECK(told.at_end());
  CHECK(read.test.name == "name");
  CHECK(read.test.worker == 3);
  CHECK(read.test.result == outcome::skipped);
  CHECK((read.test.when.began == begin && read.test.when.ended == end));
  CHECK((read.longest_body.began == begin && read.longest_body.ended == begin));
  CHECK((read.output_begins == 10 && read.output_ends == 20));
  CHECK(read.test.why == "why");
  CHECK(read.left_are_its_own);
  CHECK(read.test.left_running == std::vector<std::string>{"one", "other"});
  REQUIRE(read.test.waits.size() == 1);
  CHECK(read.test.waits[0].what == "a lock");
  CHECK((read.test.waits[0].when.began == begin && read.test.waits[0].when.ended == end));
}
