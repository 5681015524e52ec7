#include <apart/launch/ctest_tests.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/error_of.hpp"

namespace {

struct two_arguments final : apart::framework {
  std::uint32_t seed() const override { return 1; }
  bool seed_is_given() const override { return false; }
  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t> seed) const override {
    CHECK_FALSE(seed);
    return {"--only", test};
  }
  std::vector<apart::planned_test> select(std::uint32_t) override { return {}; }
  void run(const next_list&, const reported&) override {}
};

apart::ctest_order taken(std::vector<const char*> arguments, std::size_t left) {
  const apart::ctest_order order = apart::ctest_order::taken_from(arguments);
  CHECK(arguments.size() == left);
  return order;
}

}  // namespace

TEST_CASE("what CTest asks for is the first argument, and is taken") {
  using kind = apart::ctest_order::kind;
  CHECK(taken({"program"}, 1).what == kind::none);
  CHECK(taken({"program", "--other", "--ctest=run"}, 3).what == kind::none);
  CHECK(taken({"program", "--ctest=run", "test"}, 2).what == kind::run);
  CHECK(taken({"program", "--ctest=open"}, 1).what == kind::open);
  CHECK(taken({"program", "--ctest=close"}, 1).what == kind::close);
  const apart::ctest_order list = taken({"program", "--ctest=list:a: b", "[tag]"}, 2);
  CHECK(list.what == kind::list);
  CHECK(list.prefix == "a: b");
  CHECK(support::error_of([] {
          taken({"program", "--ctest=lists"}, 1);
        }) == "--ctest=lists: wants list:PREFIX, run, open or close");
}

TEST_CASE("any text stands in brackets") {
  using apart::detail::in_brackets;
  CHECK(in_brackets("") == "[=[]=]");
  CHECK(in_brackets("a;\"$b\"\\]") == "[=[a;\"$b\"\\]]=]");
  CHECK(in_brackets("a]=") == "[==[a]=]==]");
  CHECK(in_brackets("a]=]==") == "[===[a]=]==]===]");
}

TEST_CASE("each test is one of CTest's, and one name once") {
  const two_arguments tests;
  const std::vector<apart::planned_test> planned{
      {"one", true}, {"t]=", false, false, {{"db", 1}, {"gpu", 2}}}, {"one"}};
  const std::string expected =
      "add_test([=[p.one]=] ${apart_command} --ctest=run ${apart_extra_args} [=[--only]=] [=[one]=])\n"
      "apart_test([=[p.one]=] true [=[]=])\n"
      "add_test([==[p.t]=]==] ${apart_command} --ctest=run ${apart_extra_args} [=[--only]=] [==[t]=]==])\n"
      "apart_test([==[p.t]=]==] false [=[db;]=])\n";
  CHECK(apart::detail::ctest_tests(tests, planned, "p.", false) == expected);
  CHECK(apart::detail::ctest_tests(tests, planned, "p.", true) == "apart_fixture()\n" + expected);
}
