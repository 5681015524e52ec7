// A run that is one process. Many processes: tests/launch/keeper.cpp.

#include <apart/run/per_run.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <apart/detail/phase.hpp>

#include <unistd.h>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"

namespace {

std::atomic<int> set_up{0};
std::vector<std::string> torn_down;

apart::per_run plain{"plain",
                     [] {
                       ++set_up;
                       return std::string("payload");
                     },
                     [](const std::string& payload) { torn_down.push_back("plain " + payload); }};
apart::per_run above{"above", [] { return plain->size(); },
                     [](const std::size_t& size) { torn_down.push_back("above " + std::to_string(size)); }};
apart::per_run unasked{"never", []() -> int { std::abort(); }, [](const int&) { torn_down.push_back("never"); }};
apart::per_run broken{"broken",
                      []() -> std::array<std::string, 2> {
                        ++set_up;
                        throw std::runtime_error("no port is free");
                      },
                      [](const std::array<std::string, 2>&) { torn_down.push_back("broken"); }};
apart::per_run late{"late", [] { return 1; }};

using support::error_of;

}  // namespace

static_assert(std::is_same_v<decltype(plain), apart::per_run<std::string>>);
static_assert(std::is_same_v<decltype(above), apart::per_run<std::size_t>>);
static_assert(!std::is_copy_constructible_v<decltype(plain)> && !std::is_move_constructible_v<decltype(plain)>);

TEST_CASE("a set-up runs when first asked for, once, however many threads ask") {
  CHECK(set_up == 0);
  std::vector<std::thread> threads;
  std::array<const std::string*, 8> seen{};
  for (const std::string*& address : seen) threads.emplace_back([&address] { address = &plain.get(); });
  for (std::thread& thread : threads) thread.join();
  CHECK(set_up == 1);
  for (const std::string* address : seen) CHECK(address == seen[0]);
  CHECK(*plain == "payload");
  CHECK(plain->size() == 7);
}

TEST_CASE("a set-up may ask for another") { CHECK(*above == 7); }

TEST_CASE("a set-up that throws fails everyone who asks, with its text, and does not run again") {
  const int before = set_up;
  const std::string text = "per_run \"broken\": its set-up failed: no port is free";
  CHECK(error_of([] { static_cast<void>(broken.get()); }) == text);
  CHECK(error_of([] { static_cast<void>(*broken); }) == text);
  CHECK(set_up == before + 1);
}

TEST_CASE("nothing is set up while tests are only listed") {
  const apart::detail::phase_scope listing(apart::detail::phase::listing);
  CHECK(error_of([] { static_cast<void>(*unasked); }) ==
        "per_run \"never\" was asked for while tests are only being listed; ask for it in a test");
}

TEST_CASE("a forked child reads what its parent has read, and sets nothing up") {
  static_cast<void>(*plain);
  const support::ended child = support::in_child([](int) {
    const bool read = *plain == "payload";
    const bool refused = error_of([] { static_cast<void>(*late); }) ==
                         "per_run \"late\" was asked for first in a forked child; ask for it once before the fork";
    ::_exit(read && refused ? 0 : 1);
  });
  CHECK(child.well());
}

TEST_CASE("a forked child that exits normally tears nothing down") {
  const support::ended child = support::in_child([](int) {
    apart::detail::end_own_run_at_exit();
    ::_exit(torn_down.empty() ? 0 : 1);
  });
  CHECK(child.well());
}

TEST_CASE("a wait for another thread's set-up ends with its context and names both") {
  static std::atomic<bool> began{false};
  static std::atomic<bool> may_end{false};
  static apart::per_run slow{"slow", [] {
                               began.store(true);
                               while (!may_end.load()) std::this_thread::yield();
                               return 1;
                             }};
  static apart::per_run quick{"quick", [] { return 2; }};
  std::thread other([] { static_cast<void>(*slow); });
  while (!began.load()) std::this_thread::yield();
  const auto soon = apart::with_timeout(apart::context::background(), std::chrono::milliseconds(1), "the limit");
  const std::string text = error_of([&] { static_cast<void>(quick.get(soon)); });
  may_end.store(true);
  other.join();
  CHECK(text.rfind("per_run \"quick\": timed out ", 0) == 0);
  CHECK(text.find("the limit; another thread of this process asks for per_run \"slow\"") != std::string::npos);
  CHECK(*quick == 2);
}

TEST_CASE("a per_run without a name or a set-up is refused") {
  CHECK(support::contains(error_of([] { const apart::per_run<int> none(nullptr, [] { return 1; }); }), "has no name"));
  CHECK(support::contains(error_of([] { const apart::per_run<int> none("", [] { return 1; }); }), "has no name"));
  CHECK(error_of([] { const apart::per_run<int> none("none", nullptr); }) ==
        "per_run: the function is empty; give it one to call");
}

TEST_CASE("what was set up for an object in a function is torn down where that goes") {
  static std::vector<std::string> seen;
  for (int round = 1; round <= 2; ++round) {
    apart::per_run brief{"brief",
                         [] {
                           seen.push_back("set up");
                           return std::string("payload");
                         },
                         [](const std::string& payload) { seen.push_back("torn down " + payload); }};
    CHECK(*brief == "payload");
    CHECK(*brief == "payload");
  }
  CHECK(seen == std::vector<std::string>{"set up", "torn down payload", "set up", "torn down payload"});
}

TEST_CASE("names that stand twice are refused, with both places") {
  static apart::per_run one{"twice", [] { return 1; }};
  const int line = __LINE__;
  static apart::per_run two{"twice", [] { return 2; }};
  const auto place = [](int at) { return std::string(" at ") + __FILE__ + ':' + std::to_string(at); };
  CHECK(error_of([] { static_cast<void>(*one); }) ==
        "per_run \"twice\" stands" + place(line - 1) + " and" + place(line + 1) + "; give each its own name");
}

TEST_CASE("at the end what was set up is torn down, the last first, once, with its payload") {
  CHECK(*above == 7);
  CHECK(apart::detail::end_own_run());
  CHECK(torn_down == std::vector<std::string>{"above 7", "plain payload"});
  CHECK(apart::detail::end_own_run());
  CHECK(torn_down.size() == 2);
}
