#include <apart/process/initializer.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"
#include "support/self.hpp"

namespace {

using apart::initialize_process;
using apart::initializer;
using support::contains;
using support::error_of;
#if defined(SUPPORT_FORKS)
using support::in_child;
using support::write_all;
#endif

/// What has run in this process, in order.
std::string ran;

const initializer views{"views", {"types", "tables"}, [] { ran += "views "; }};
const initializer types{"types", [] { ran += "types "; }};
const initializer tables{"tables", {"types"}, [] { ran += "tables "; }};
const initializer last{"last", [] { ran += "last "; }};

static_assert(!std::is_copy_constructible_v<initializer> && !std::is_copy_assignable_v<initializer>);

#if defined(SUPPORT_FORKS)
/// The failure of `initialize_process` in a child where also what `add` registers is there, and what has run before it.
template <class Add>
std::string failure_with(Add add) {
  return in_child(
             [&add](int output) { add([output] { write_all(output, error_of(initialize_process) + "|" + ran); }); })
      .output;
}
#endif

}  // namespace

#if defined(SUPPORT_FORKS)
TEST_CASE("initializers run in a process that asks, each after those that it names, else as registered") {
  const support::ended said = in_child([](int output) {
    write_all(output, ran + "| ");
    initialize_process();
    write_all(output, ran);
  });
  CHECK(said.output == "| types tables views last ");
}

TEST_CASE("initializers run once in a process, however often and from however many threads it asks") {
  const support::ended said = in_child([](int output) {
    std::vector<std::thread> asking;
    for (int i = 0; i < 8; ++i) asking.emplace_back(initialize_process);
    for (std::thread& thread : asking) thread.join();
    initialize_process();
    write_all(output, ran);
  });
  CHECK(said.output == "types tables views last ");
}

TEST_CASE("a forked child that asks runs them again, its parent does not") {
  const support::ended said = in_child([](int output) {
    initialize_process();
    const support::ended child = in_child([](int inner) {
      initialize_process();
      initialize_process();
      write_all(inner, ran);
    });
    initialize_process();
    write_all(output, child.output + "| " + ran);
  });
  CHECK(said.output == "types tables views last types tables views last | types tables views last ");
}

TEST_CASE("an initializer that throws is an error with its name and text, each time; the rest are not run") {
  const std::string said = failure_with([](auto ask) {
    const initializer bad{"bad", {"types"}, [] { throw std::runtime_error("no schema"); }};
    const initializer after_it{"after it", [] { ran += "after it"; }};
    ask();
    const std::string again = error_of(initialize_process);
    if (!contains(again, "no schema")) std::abort();
  });
  CHECK(contains(said, "initializer 'bad' ("));
  CHECK(contains(said, "initializer.cpp:"));
  CHECK(contains(said, "in worker 0 of 1 failed: no schema; 1 more were not run|types tables views last "));
  CHECK(!contains(said, "after it"));
}

TEST_CASE("what is thrown may be anything") {
  const std::string said = failure_with([](auto ask) {
    const initializer bad{"bad", [] { throw 7; }};
    ask();
  });
  CHECK(contains(said, "initializer 'bad' ("));
}

TEST_CASE("a name that nobody has registered is an error that says who wants it and which there are") {
  const std::string said = failure_with([](auto ask) {
    const initializer lost{"lost", {"typos"}, [] {}};
    ask();
  });
  CHECK(contains(said, "initializer 'lost'"));
  CHECK(contains(said, "'typos', which is not registered"));
  CHECK(contains(said, "'views', 'types', 'tables', 'last', 'lost'"));
  CHECK(said.back() == '|');  // and nothing has run
}

TEST_CASE("a cycle is an error that prints its path with the places, and nothing else") {
  CHECK(failure_with([](auto ask) {
          const initializer outside{"outside", {"one"}, [] {}, "x.cpp", 1};
          const initializer one{"one", {"two"}, [] {}, "x.cpp", 2};
          const initializer two{"two", {"types", "three"}, [] {}, "y.cpp", 3};
          const initializer three{"three", {"one"}, [] {}, "y.cpp", 4};
          ask();
        }) ==
        "initializers that run after each other: 'one' (x.cpp:2) runs after 'two' (y.cpp:3), which runs after "
        "'three' (y.cpp:4), which runs after 'one'; take one `after` out|");
  CHECK(failure_with([](auto ask) {
          const initializer one{"one", {"one"}, [] {}, "x.cpp", 2};
          ask();
        }) == "initializers that run after each other: 'one' (x.cpp:2) runs after 'one'; take one `after` out|");
}

TEST_CASE("a name that is registered twice is an error with both places") {
  const std::string said = failure_with([](auto ask) {
    const initializer other{"types", [] {}};
    ask();
  });
  CHECK(contains(said, "initializer 'types' is registered twice: at "));
  const std::size_t first = said.find("initializer.cpp:");
  REQUIRE(first != std::string::npos);
  CHECK(contains(said.substr(first + 1), "initializer.cpp:"));
  CHECK(said.back() == '|');
}

TEST_CASE("an initializer without a name or a function is an error with its place, and nothing has run") {
  const char* const line = ": its name is empty; give it one|";
  CHECK(failure_with([](auto ask) {
          const initializer bad{nullptr, [] {}, "here.cpp", 7};
          ask();
        }) == std::string("initializer at here.cpp:7") + line);
  CHECK(failure_with([](auto ask) {
          const initializer bad{"", {"types"}, [] {}, "here.cpp", 7};
          ask();
        }) == std::string("initializer at here.cpp:7") + line);
  CHECK(failure_with([](auto ask) {
          const initializer bad{"a", nullptr, "here.cpp", 7};
          ask();
        }) == "initializer 'a' (here.cpp:7): the function is empty; give it one to call|");
  CHECK(failure_with([](auto ask) {
          const initializer bad{"a", {"types", nullptr}, [] {}, "here.cpp", 7};
          ask();
        }) == "initializer 'a' (here.cpp:7) runs after a name that is null; give the name, or take it out|");
}

TEST_CASE("an initializer that is gone is not registered any more") {
  const std::string said = failure_with([](auto ask) {
    {
      const initializer gone{"gone", {"nobody"}, [] { ran += "gone"; }};
    }
    ask();
  });
  CHECK(said == "|types tables views last ");
}

TEST_CASE("an initializer that calls for the initialization is an error that names it, not a deadlock") {
  const std::string line = "initializer 'asks' (here.cpp:7) calls initialize_process(); take the call out|types ";
  CHECK(contains(failure_with([](auto ask) {
                   const initializer asks{"asks", {"types"}, [] { initialize_process(); }, "here.cpp", 7};
                   ask();
                 }),
                 line));
  CHECK(contains(failure_with([](auto ask) {
                   const auto swallows = [] { static_cast<void>(error_of(initialize_process)); };
                   const initializer asks{"asks", {"types"}, swallows, "here.cpp", 7};
                   ask();
                 }),
                 line));
}

TEST_CASE("a report tells people what has run, in which order, and how long each took") {
  const support::ended said = in_child([](int output) {
    const initializer slow{"slow", [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }};
    write_all(output, apart::initialization_report());
  });
  const std::string& report = said.output;
  CHECK(contains(report, "initializers in worker 0 of 1:\n"));
  CHECK(report.find(" ms  types (") < report.find(" ms  tables ("));
  CHECK(report.find(" ms  tables (") < report.find(" ms  views ("));
  CHECK(contains(report, "initializer.cpp:"));
  const std::size_t slow = report.find(" ms  slow (");
  REQUIRE(slow != std::string::npos);
  CHECK(std::stod(report.substr(report.rfind('\n', slow) + 1)) >= 20);
  CHECK(contains(report, " ms  in all"));
}

TEST_CASE("a report of what failed ends with its text") {
  const support::ended said = in_child([](int output) {
    const initializer bad{"bad", {"types"}, [] { throw std::runtime_error("no schema"); }};
    write_all(output, apart::initialization_report());
  });
  CHECK(contains(said.output, " ms  types ("));
  CHECK(!contains(said.output, " ms  bad ("));
  CHECK(contains(said.output, "\ninitializer 'bad' ("));
  CHECK(contains(said.output, "no schema"));
}

TEST_CASE(
    "an initializer that is registered after the others have run is reported, and runs in a forked child that asks") {
  const support::ended said = in_child([](int output) {
    static int report_output;
    report_output = output;
    initialize_process();
    ran.clear();
    apart::set_report_handler([](const char* line) { write_all(report_output, line); });
    static const initializer late{"late", {"types"}, [] { ran += "late "; }};
    initialize_process();
    write_all(output, "|" + ran + "|");
    write_all(output, in_child([](int inner) {
                        initialize_process();
                        write_all(inner, ran);
                      }).output);
  });
  CHECK(contains(said.output, "initializer 'late' ("));
  CHECK(contains(said.output, "is registered after the initializers of this process have run"));
  CHECK(contains(said.output, "||types tables views last late "));
}
#elif defined(SUPPORT_SELF)
TEST_CASE("initializers run in a process that asks, once, each after those that it names, from however many threads") {
  CHECK(ran.empty());
  std::vector<std::thread> asking;
  for (int i = 0; i < 8; ++i) asking.emplace_back(initialize_process);
  for (std::thread& thread : asking) thread.join();
  initialize_process();
  CHECK(ran == "types tables views last ");
}

TEST_CASE("an initializer that throws is an error with its name and text; the rest are not run") {
  support::self process("has an initializer that throws");
  CHECK(
      process.hear() ==
      "initializer 'bad' (here.cpp:7) in worker 0 of 1 failed: no luck; 1 more were not run|types tables views last ");
}
TEST_CASE("has an initializer that throws", "[.][self]") {
  const initializer bad{"bad", {"types"}, [] { throw std::runtime_error("no luck"); }, "here.cpp", 7};
  const initializer more{"tables too", {"bad"}, [] {}};
  support::say(error_of(initialize_process) + "|" + ran);
}
#endif
