#include <apart/launch/timings.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/files.hpp"

using apart::planned_test;
using apart::timings;
using namespace std::chrono_literals;

namespace {

std::vector<std::chrono::microseconds> known(const std::string& path, const char* program,
                                             const std::vector<std::string>& names) {
  std::vector<planned_test> tests;
  for (const std::string& name : names) tests.push_back({name, false});
  return timings(path, program).of(tests);
}

using times = std::vector<std::chrono::microseconds>;

}  // namespace

TEST_CASE("what took how long is known in the next run, for each program and whatever a name is") {
  const support::place here;
  const std::string path = (here.path() / "timings").string();
  const std::string odd = "a name\twith a tab,\na line feed, \"quotes\" and \xc3\xa4";
  timings one(path, "/build/one");
  CHECK(one.of({{"a", false}}) == times{0us});
  one.note("a", 1500us);
  one.note(odd, 2s);
  one.note("at once", 0ns);
  CHECK_FALSE(one.write());
  timings two(path, "two");
  two.note("a", 7ms);
  CHECK_FALSE(two.write());
  CHECK(known(path, "one", {"a", odd, "at once", "unknown"}) == times{1501us, 2'000'001us, 1us, 0us});
  CHECK(known(path, "/elsewhere/two", {"a", odd}) == times{7001us, 0us});
}

TEST_CASE("a file that is corrupt is no obstacle, and what can be read of it counts") {
  const support::place here;
  const std::string path = (here.path() / "timings").string();
  std::ofstream(path, std::ios::binary)
      << "\x01\x02\n\n12\n-5\tone\tb\n99999999999999999999\tone\tc\n30\tone\n17\tone\td\n\t\t\n40\tone\ta";
  CHECK(known(path, "one", {"a", "b", "c", "d"}) == times{40us, 0us, 0us, 17us});
  timings next(path, "one");
  next.note("b", 1us);
  CHECK_FALSE(next.write());
  CHECK(support::text_of(path) == "40\tone\ta\n2\tone\tb\n17\tone\td\n");
}

TEST_CASE("a file that cannot be written is said by its name, and one that nobody named is not written") {
  const support::place here;
  timings lost((here.path() / "not" / "there").string(), "one");
  CHECK_FALSE(lost.write());
  lost.note("a", 1s);
  CHECK(lost.write().text ==
        "APART_TIMINGS: cannot write '" + (here.path() / "not" / "there").string() + "': No such file or directory");
  timings none("", "one");
  none.note("a", 1s);
  CHECK_FALSE(none.write());
}
