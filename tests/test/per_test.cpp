#include <apart/test/per_test.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <apart/file/temp_dir.hpp>
#include <apart/test/this_test.hpp>

#include "catch.hpp"
#include "support/child.hpp"

#if defined(SUPPORT_FORKS)
#include <unistd.h>
#endif

namespace {

std::vector<std::string> ends;

/// Notes its end.
struct noted {
  explicit noted(std::string what) : name(std::move(what)) {}
  ~noted() { ends.push_back(name + " is gone"); }
  noted(const noted&) = delete;
  noted& operator=(const noted&) = delete;
  std::string name;
};

int built = 0;
apart::per_test<std::unique_ptr<noted>> value{[] {
  ++built;
  return std::make_unique<noted>("value " + std::to_string(built));
}};
apart::per_test directory{[] { return apart::temp_dir("own"); }};

struct asks_outside_of_every_test {
  std::string said;
  asks_outside_of_every_test() {
    try {
      static_cast<void>(*value);
    } catch (const apart::error& refused) {
      said = refused.what();
    }
  }
} const asked_at_start;

}  // namespace

TEST_CASE("outside a test it is an error that says so") {
  CHECK(asked_at_start.said.find("per_test was called while no test runs") == 0);
}

TEST_CASE("each test has one of its own, made when it asks, and gone with its clean-ups, the last first") {
  SECTION("one test") {
    ends.clear();
    built = 0;
    apart::this_test::on_cleanup([] { ends.push_back("registered before"); });
    CHECK((*value)->name == "value 1");
    CHECK(&*value == &*value);
    apart::this_test::on_cleanup([] { ends.push_back("registered after " + (*value)->name); });
    CHECK(built == 1);
    CHECK(ends.empty());
  }
  SECTION("the next one") {
    CHECK(ends == std::vector<std::string>{"registered after value 1", "value 1 is gone", "registered before"});
    CHECK((*value)->name == "value 2");
  }
}

TEST_CASE("a clean-up may be the first to ask") {
  SECTION("asked") {
    ends.clear();
    apart::this_test::on_cleanup([] { ends.push_back("uses " + (*value)->name.substr(0, 5)); });
  }
  SECTION("seen") {
    REQUIRE(ends.size() == 2);
    CHECK(ends[0] == "uses value");
    CHECK(ends[1].find(" is gone") != std::string::npos);
  }
}

TEST_CASE("it is made once, however many threads ask") {
  static std::atomic<int> made{0};
  static apart::per_test<int> slow{[] {
    std::this_thread::yield();
    return ++made;
  }};
  for (int times = 0; times < 50; ++times) {
    apart::this_test::run_cleanups();
    made = 0;
    std::vector<std::thread> threads;
    std::atomic<int> sum{0};
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { sum += *slow; });
    for (std::thread& thread : threads) thread.join();
    CHECK(made == 1);
    CHECK(sum == 4);
  }
}

TEST_CASE("what make throws reaches who asked, and the next one tries again") {
  static bool broken = true;
  static apart::per_test<int> fragile{[] { return broken ? throw std::runtime_error("no table") : 7; }};
  CHECK_THROWS_WITH(*fragile, "no table");
  broken = false;
  CHECK(*fragile == 7);
}

namespace {

extern apart::per_test<int> circle;
apart::per_test<int> circle{[] { return *circle + 1; }};

}  // namespace

TEST_CASE("one that needs itself says so") {
  CHECK_THROWS_WITH(*circle, "per_test: what makes its value needs that value");
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a forked child has its parent's value, and leaves it alone") {
  const std::string path = directory->path().string();
  const auto child = support::in_child([&](int output) {
    support::write_all(output, directory->path() == path ? "same" : "another");
    apart::this_test::run_cleanups();
    ::_exit(0);
  });
  CHECK(child.output == "same");
  CHECK(::access(path.c_str(), F_OK) == 0);
}
#endif
