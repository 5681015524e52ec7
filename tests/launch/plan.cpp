#include <apart/launch/plan.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/error_of.hpp"

using apart::outcome;
using apart::plan;
using apart::planned_test;
using namespace std::chrono_literals;

namespace {

std::vector<planned_test> tests_named(const std::vector<std::string>& names) {
  std::vector<planned_test> tests;
  for (const std::string& name : names) tests.push_back({name, name.find("serial") != std::string::npos});
  return tests;
}

using indices = std::vector<std::size_t>;

}  // namespace

TEST_CASE("a plan hands out every test once, in order") {
  plan tests(tests_named({"a", "b", "c"}));
  CHECK(tests.take(2) == indices{0, 1});
  CHECK(tests.take(2) == indices{2});
  CHECK(tests.take(2).empty());
  CHECK_FALSE(tests.has_more());
  CHECK(tests.running() == 3);
}

TEST_CASE("what took longest is handed out first, what is new before it, what is serial last and in order") {
  const std::vector<std::string> names{"short", "serial short", "new", "long", "serial long", "as short", "new, too"};
  plan tests(tests_named(names), {1ms, 1ms, 0ms, 1s, 9s, 1ms, 0ms});
  CHECK(tests.take(7) == indices{2, 6, 3, 0, 5});
  plan all_new(tests_named(names), std::vector<std::chrono::microseconds>(7));
  CHECK(all_new.take(7) == indices{0, 2, 3, 5, 6});
}

TEST_CASE("what another part of the run has is not handed out, and not missed") {
  std::vector<planned_test> all = tests_named({"a", "b", "serial", "d"});
  all[1].elsewhere = true;
  all[2].elsewhere = true;
  plan tests(all, {1ms, 2ms, 3ms, 4ms});
  CHECK(tests.size() == 2);
  CHECK(tests.take(9) == indices{3, 0});
  CHECK(tests.never_ran() == indices{0, 3});
  tests.end(3, outcome::passed, 1ms);
  tests.end(0, outcome::passed, 1ms);
  CHECK(tests.never_ran().empty());
  CHECK(tests.size() == 2);
}

TEST_CASE("of a group no more run at once than its limit, and others do not wait for it") {
  std::vector<planned_test> all = tests_named({"pg 1", "pg 2", "pg 3", "free", "pg and redis", "redis", "serial"});
  for (const std::size_t index : indices{0, 1, 2, 4}) all[index].groups.push_back({"pg", 2});
  for (const std::size_t index : indices{4, 5}) all[index].groups.push_back({"redis", 1});
  plan tests(all);
  CHECK(tests.size() == 7);
  CHECK(tests.take(9) == indices{0, 1, 3, 5});
  CHECK(tests.size() == 7);
  CHECK(tests.take(9).empty());
  CHECK(tests.has_more());
  CHECK_FALSE(tests.end(3, outcome::passed, 1ms));
  CHECK(tests.end(0, outcome::failed, 1ms));
  CHECK(tests.take(9) == indices{2});
  CHECK(tests.end(1, outcome::passed, 1ms));
  CHECK(tests.take(9).empty());  // it waits for the other group now
  CHECK(tests.end(5, outcome::passed, 1ms));
  CHECK(tests.take(9) == indices{4});
  tests.end(2, outcome::passed, 1ms);
  tests.give_back(4);
  CHECK(tests.take(9) == indices{4});
  CHECK(tests.end(4, outcome::passed, 1ms));
  CHECK(tests.take(9) == indices{6});
  tests.end(6, outcome::passed, 1ms);
  CHECK(tests.never_ran().empty());
  CHECK_FALSE(tests.has_more());
}

TEST_CASE("groups are read from tags, and what makes no sense is refused by its text") {
  const auto groups = apart::groups_in({"good", "group:a:b:12", "groups:x:1", "group:pg:1"});
  REQUIRE(groups.size() == 2);
  CHECK((groups[0].name == "a:b" && groups[0].limit == 12));
  CHECK((groups[1].name == "pg" && groups[1].limit == 1));
  for (const std::string tag : {"group:", "group:pg", "group:pg:", "group:pg:0", "group:pg:-1", "group::2",
                                "group:pg:x", "group:pg:99999999"}) {
    CHECK(support::error_of([&] { static_cast<void>(apart::groups_in({tag})); }) ==
          "the tag [" + tag + "]: wants a name and how many run at once, such as [group:postgres:2]");
  }
  std::vector<planned_test> all = tests_named({"a", "b"});
  all[0].groups = {{"pg", 2}};
  all[1].groups = {{"pg", 3}};
  CHECK(support::error_of([&] { plan refused(all); }) ==
        "the group \"pg\" has the limit 2, and in the test \"b\" the limit 3; give it one");
}

TEST_CASE("the tests of a suite come together, while there are as many suites as workers, up to a worker's share") {
  std::vector<planned_test> all;
  for (const std::string suite : {"A", "B", "C", "D"}) {
    for (const std::string test : {"1", "2", "3"}) {
      all.push_back({suite + test});
      all.back().suite = suite;
    }
  }
  all.push_back({"of none"});
  plan tests(all);
  CHECK(tests.take(1, tests.of_a_suite(2)) == indices{0, 1, 2});
  CHECK(tests.take(1, tests.of_a_suite(2)) == indices{3, 4, 5});
  CHECK(tests.take(1, tests.of_a_suite(2)) == indices{6, 7, 8});
  CHECK(tests.take(1) == indices{9});
  tests.give_back(9);
  CHECK(tests.take(1, tests.of_a_suite(2)) == indices{9, 10, 11});
  CHECK(tests.take(1, tests.of_a_suite(2)) == indices{12});

  std::vector<planned_test> one_suite(all.begin(), all.begin() + 12);
  for (planned_test& test : one_suite) test.suite = "only one";
  plan shared(one_suite);
  CHECK(shared.take(1, shared.of_a_suite(2)).size() == 4);
  CHECK(shared.take(1, shared.of_a_suite(4)).size() == 1);
}

TEST_CASE("the tests of a suite stay together where the longest are first") {
  std::vector<planned_test> all;
  for (const std::string name : {"A1", "B1", "A2", "B2", "alone"}) {
    all.push_back({name});
    if (name != "alone") all.back().suite = name.substr(0, 1);
  }
  plan tests(all, {1ms, 5ms, 9ms, 1ms, 7ms});
  CHECK(tests.take(5) == indices{0, 2, 4, 1, 3});
}

TEST_CASE("the tests of a suite come together where others stand between them, too") {
  std::vector<planned_test> all = tests_named({"A1", "B1", "alone", "A2", "B2"});
  for (const std::size_t index : indices{0, 1, 3, 4}) all[index].suite = all[index].name.substr(0, 1);
  plan tests(all);
  CHECK(tests.take(5) == indices{0, 3, 1, 4, 2});
}

TEST_CASE("a random order keeps suites together, and has any order of suites, and of the tests of one") {
  std::vector<planned_test> all = tests_named({"A1", "A2", "A3", "B1", "B2", "B3", "alone"});
  for (std::size_t index = 0; index < 6; ++index) all[index].suite = all[index].name.substr(0, 1);
  std::set<std::string> orders_of_suites;
  std::set<std::string> orders_of_a;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    plan tests(all);
    tests.shuffle(seed);
    std::string suites;
    std::string of_a;
    for (const std::size_t index : tests.take(7)) {
      const std::string& name = all[index].name;
      if (suites.empty() || suites.back() != name[0]) suites += name[0];
      if (name[0] == 'A') of_a += name[1];
    }
    REQUIRE(suites.size() == 3);
    orders_of_suites.insert(suites);
    orders_of_a.insert(of_a);
  }
  CHECK(orders_of_suites.size() == 6);
  CHECK(orders_of_a.size() == 6);
}

TEST_CASE("a list is in the order of the selection where the framework runs it so") {
  std::vector<planned_test> all = tests_named({"A1", "A2", "A3", "B1", "B2"});
  for (planned_test& test : all) {
    test.suite = test.name.substr(0, 1);
    test.in_order = true;
  }
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    plan tests(all, {1ms, 2ms, 3ms, 9ms, 8ms});
    tests.shuffle(seed);
    CHECK(tests.take(5) == indices{0, 1, 2, 3, 4});
  }
  plan tests(all, {1ms, 2ms, 3ms, 9ms, 8ms});
  CHECK(tests.take(2) == indices{3, 4});
}

TEST_CASE(
    "inseparable tests come in one list, in their order, also in a random one, and one at a time where they are "
    "serial") {
  std::vector<planned_test> all = tests_named({"a", "x1", "b", "x2", "serial y1", "serial c", "serial y2", "x3"});
  for (const std::size_t index : indices{1, 3, 7}) all[index].suite = "x";
  for (const std::size_t index : indices{4, 6}) all[index].suite = "y";
  for (planned_test& test : all) test.inseparable = !test.suite.empty();
  plan tests(all);
  CHECK(tests.take(1) == indices{0});
  CHECK(tests.take(1) == indices{1, 3, 7});
  CHECK(tests.take(1) == indices{2});
  for (const std::size_t index : indices{0, 1, 2, 3}) CHECK_FALSE(tests.end(index, outcome::passed, 1ms));
  CHECK(tests.end(7, outcome::passed, 1ms));
  CHECK(tests.take(1) == indices{4, 6});
  CHECK_FALSE(tests.end(4, outcome::passed, 1ms));
  CHECK(tests.take(1).empty());
  CHECK(tests.end(6, outcome::passed, 1ms));
  CHECK(tests.take(1) == indices{5});

  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    plan shuffled(all);
    shuffled.shuffle(seed);
    indices order;
    for (indices next = shuffled.take(1); !next.empty(); next = shuffled.take(1)) {
      CHECK((next.size() == 1 || next == indices{1, 3, 7}));
      order.insert(order.end(), next.begin(), next.end());
    }
    CHECK(order.size() == 5);
  }

  plan given_back(all);
  given_back.take(2);
  given_back.give_back(7);
  given_back.give_back(3);
  CHECK(given_back.take(1) == indices{3, 7});
}

TEST_CASE("a test that has not reported its end has never run") {
  plan tests(tests_named({"a", "b", "c"}));
  for (const std::size_t index : tests.take(2)) {
    if (index == 0) tests.end(index, outcome::passed, 1ms);
  }
  CHECK(tests.passed() == 1);
  CHECK(tests.never_ran() == indices{1, 2});
}

TEST_CASE("a test that is given back runs next") {
  plan tests(tests_named({"a", "b", "c"}));
  tests.take(2);
  tests.give_back(1);
  tests.give_back(0);
  CHECK(tests.running() == 0);
  CHECK(tests.take(3) == indices{0, 1, 2});
}

TEST_CASE("serial tests run alone, after all others") {
  plan tests(tests_named({"serial 1", "a", "serial 2", "b"}));
  CHECK(tests.take(4) == indices{1, 3});
  CHECK(tests.take(1).empty());
  CHECK(tests.has_more());
  tests.end(1, outcome::passed, 1ms);
  CHECK(tests.take(1).empty());
  tests.end(3, outcome::passed, 1ms);
  CHECK(tests.take(4) == indices{0});
  CHECK(tests.take(4).empty());
  tests.end(0, outcome::failed, 1ms);
  CHECK(tests.take(4) == indices{2});
  tests.end(2, outcome::passed, 1ms);
  CHECK_FALSE(tests.has_more());
}

TEST_CASE("no test starts while a serial one runs, not even one that comes back") {
  plan tests(tests_named({"a", "serial"}));
  tests.take(1);
  tests.end(0, outcome::passed, 1ms);
  REQUIRE(tests.take(1) == indices{1});
  CHECK(tests.take(1).empty());
  tests.give_back(1);
  CHECK(tests.take(1) == indices{1});
}

TEST_CASE("nothing starts after a stop") {
  plan tests(tests_named({"a", "b"}));
  tests.take(1);
  tests.stop();
  CHECK_FALSE(tests.has_more());
  CHECK(tests.take(1).empty());
  tests.end(0, outcome::failed, 1ms);
  CHECK(tests.failed() == indices{0});
  CHECK(tests.never_ran() == indices{1});
}

TEST_CASE("outcomes are counted apart") {
  plan tests(tests_named({"a", "b", "c"}));
  tests.take(3);
  tests.end(0, outcome::passed, 1ms);
  tests.end(1, outcome::skipped, 1ms);
  tests.end(2, outcome::failed, 1ms);
  CHECK(tests.passed() == 1);
  CHECK(tests.skipped() == 1);
  CHECK(tests.failed() == indices{2});
  CHECK(tests.finished() == 3);
  CHECK(tests.never_ran().empty());
}

TEST_CASE("long tests are handed out one by one, short ones by the ten milliseconds") {
  const auto chunk_after = [](std::chrono::nanoseconds each) {
    plan tests(std::vector<planned_test>(10'000));
    for (const std::size_t index : tests.take(100)) tests.end(index, outcome::passed, each);
    return tests.chunk(4);
  };
  CHECK(chunk_after(50ms) == 1);
  CHECK(chunk_after(1ms) == 10);
  CHECK(chunk_after(10us) == 1'000);
}

TEST_CASE("the last tests are spread over all workers, however short they are") {
  plan tests(std::vector<planned_test>(1'000));
  for (const std::size_t index : tests.take(984)) tests.end(index, outcome::passed, 1us);
  CHECK(tests.chunk(4) == 2);
  CHECK(tests.chunk(8) == 1);
}

TEST_CASE("nothing is known of the first tests, so each worker gets one") {
  plan tests(std::vector<planned_test>(1'000));
  CHECK(tests.chunk(4) == 1);
}
