#include <apart/context/context.hpp>
#include <apart/context/detail/scoped_current.hpp>
#include <apart/context/on_cancel.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/sanitizer.hpp"

#if defined(SUPPORT_FORKS)
#include <sys/resource.h>
#include <unistd.h>
#endif

using apart::context;
using apart::scoped_context;
using apart::with_cancel;
using apart::with_deadline;
using apart::with_timeout;
using namespace std::chrono_literals;

// `context c = with_timeout(…)` would be cancelled at the semicolon, and so would a child of such a parent.
static_assert(std::is_constructible_v<context, scoped_context&> &&
              std::is_constructible_v<context, const scoped_context&>);
static_assert(!std::is_constructible_v<context, scoped_context&&> && !std::is_convertible_v<scoped_context, context>);
static_assert(!std::is_constructible_v<context, const scoped_context&&>);
static_assert(!std::is_assignable_v<context&, scoped_context&&> &&
              !std::is_assignable_v<context&, const scoped_context&&>);
static_assert(std::is_assignable_v<context&, scoped_context&>);
static_assert(std::is_nothrow_copy_constructible_v<context> && std::is_nothrow_copy_assignable_v<context>);
static_assert(noexcept(context::background()) && noexcept(context::process()) && noexcept(context::current()));
static_assert(noexcept(std::declval<context>().cancelled()) && noexcept(std::declval<context>().error()) && noexcept(
    std::declval<context>().deadline()) && noexcept(std::declval<context>().token()));
static_assert(!std::is_copy_constructible_v<scoped_context> && std::is_nothrow_move_constructible_v<scoped_context>);

template <class Parent>
auto accepts(int) -> decltype(with_cancel(std::declval<Parent>()), with_timeout(std::declval<Parent>(), 1s),
                              with_deadline(std::declval<Parent>(), context::clock::now()), std::true_type());
template <class>
std::false_type accepts(...);
template <class Parent>
auto gives_value(int) -> decltype(std::declval<Parent>().with_value(1), std::true_type());
template <class>
std::false_type gives_value(...);
static_assert(decltype(accepts<context>(0))::value && decltype(accepts<const context&>(0))::value);
static_assert(decltype(accepts<scoped_context&>(0))::value && !decltype(accepts<scoped_context>(0))::value);
static_assert(decltype(gives_value<scoped_context&>(0))::value && !decltype(gives_value<scoped_context>(0))::value);

TEST_CASE("the background is never cancelled") {
  CHECK_FALSE(context::background().cancelled());
  CHECK_FALSE(context::background().error());
  CHECK(context::background().cause().empty());
  CHECK_FALSE(context::background().deadline());
}

TEST_CASE("a cancelled parent has cancelled all of its descendants, with its cause") {
  scoped_context parent = with_cancel(context::background());
  const scoped_context child = with_cancel(parent);
  const context grandchild = child.with_value(1);
  parent.cancel("the run was interrupted");
  CHECK(child.cancelled());
  CHECK(grandchild.cancelled());
  CHECK(grandchild.cause() == "the run was interrupted");
  CHECK(grandchild.error() == std::errc::operation_canceled);
}

TEST_CASE("a child never cancels its parent or its siblings") {
  const scoped_context parent = with_cancel(context::background());
  const scoped_context sibling = with_cancel(parent);
  { const scoped_context child = with_cancel(parent); }
  scoped_context other = with_cancel(parent);
  other.cancel();
  CHECK_FALSE(parent.cancelled());
  CHECK_FALSE(sibling.cancelled());
}

TEST_CASE("the child of a cancelled context is born cancelled, with its cause") {
  scoped_context parent = with_cancel(context::background());
  parent.cancel("too late");
  const scoped_context child = with_timeout(parent, 1h);
  CHECK(child.cancelled());
  CHECK(child.cause() == "too late");
  CHECK(child.error() == std::errc::operation_canceled);
}

TEST_CASE("the first cause stays") {
  scoped_context parent = with_cancel(context::background());
  scoped_context child = with_cancel(parent);
  child.cancel("first");
  child.cancel("second");
  parent.cancel("third");
  CHECK(child.cause() == "first");
  CHECK(parent.cause() == "third");
}

TEST_CASE(
    "a scoped context ends with its scope and when it is assigned over, once it has been moved in its new place") {
  context seen = context::background();
  {
    scoped_context first = with_cancel(context::background());
    seen = first;
    scoped_context moved = std::move(first);
    CHECK_FALSE(seen.cancelled());
    scoped_context& same = moved;
    moved = std::move(same);
    CHECK_FALSE(seen.cancelled());
    const context replaced = moved;
    moved = with_cancel(context::background());
    CHECK(replaced.cancelled());
    seen = moved;
    CHECK_FALSE(seen.cancelled());
  }
  CHECK(seen.cancelled());
}

TEST_CASE("a deadline cancels with timed_out and its cause, and wakes who waits") {
  const scoped_context limited = with_timeout(context::background(), 5ms, "the login took too long");
  limited.wait();
  CHECK(limited.error() == std::errc::timed_out);
  CHECK(limited.cause() == "the login took too long");
  CHECK_THROWS_AS(limited.throw_if_cancelled(), apart::cancelled_error);
}

TEST_CASE("a deadline cancels the children too") {
  const scoped_context limited = with_timeout(context::background(), 5ms);
  const scoped_context child = with_cancel(limited);
  child.wait();
  CHECK(child.error() == std::errc::timed_out);
}

TEST_CASE("a cancel before the deadline is operation_canceled") {
  scoped_context limited = with_timeout(context::background(), 1h);
  limited.cancel();
  CHECK(limited.error() == std::errc::operation_canceled);
}

TEST_CASE("the earlier of two deadlines wins") {
  const scoped_context outer = with_timeout(context::background(), 1h);
  const scoped_context longer = with_timeout(outer, 2h);
  const scoped_context shorter = with_timeout(outer, 1min);
  CHECK(longer.deadline() == outer.deadline());
  CHECK(*shorter.deadline() < *outer.deadline());
  CHECK(with_cancel(shorter).deadline() == shorter.deadline());
}

TEST_CASE("a deadline that has passed is born cancelled") {
  CHECK(with_timeout(context::background(), 0ns).cancelled());
  CHECK(with_timeout(context::background(), -1s).error() == std::errc::timed_out);
  CHECK(with_deadline(context::background(), context::clock::time_point::min()).cancelled());
}

TEST_CASE("every duration works, and one that no clock can count is for ever") {
  CHECK_FALSE(with_timeout(context::background(), std::chrono::nanoseconds::max()).cancelled());
  CHECK_FALSE(with_timeout(context::background(), std::chrono::seconds::max()).cancelled());
  CHECK_FALSE(with_timeout(context::background(), std::chrono::hours::max()).cancelled());
  CHECK_FALSE(with_timeout(context::background(), std::chrono::duration<double>(1e300)).cancelled());
  CHECK(with_timeout(context::background(), std::chrono::seconds::min()).cancelled());
  const auto before = context::clock::now();
  const scoped_context half = with_timeout(context::background(), std::chrono::duration<double>(0.5));
  CHECK(*half.deadline() - before >= 500ms);
  CHECK_FALSE(context::background().deadline());
}

TEST_CASE("a duration that is no number is an error wherever one is given") {
  const std::chrono::duration<double> none(std::numeric_limits<double>::quiet_NaN());
  const scoped_context work = with_cancel(context::background());
  const char* const said = "a duration is no number (NaN): correct how it is computed";
  CHECK_THROWS_WITH(with_timeout(work, none), said);
  CHECK_THROWS_WITH(work.sleep_for(none), said);
  CHECK_THROWS_WITH(work.wait_for(std::chrono::duration<float>(none)), said);
  CHECK(with_timeout(work, -none.max() * 2).cancelled());
}

TEST_CASE("a sleep lasts as long as it was told, or is woken by the cancellation") {
  const auto before = context::clock::now();
  CHECK(context::background().sleep_for(2ms));
  CHECK(context::clock::now() - before >= 2ms);
  scoped_context work = with_cancel(context::background());
  std::thread canceller([&] { work.cancel(); });
  CHECK_FALSE(work.sleep_for(std::chrono::hours::max()));
  canceller.join();
  CHECK(work.wait_for(1h));
  CHECK_FALSE(context::background().wait_for(1ms));
}

TEST_CASE("values are looked up by their type, the nearest first") {
  const context outer = context::background().with_value(1).with_value(std::string("outer"));
  const context inner = outer.with_value(2);
  REQUIRE(inner.value<int>() != nullptr);
  CHECK(*inner.value<int>() == 2);
  CHECK(*outer.value<int>() == 1);
  CHECK(*inner.value<std::string>() == "outer");
  CHECK(inner.value<double>() == nullptr);
}

TEST_CASE("without_cancel keeps the values and drops the rest") {
  scoped_context limited = with_timeout(context::background(), 1h);
  const context kept = limited.with_value(7).without_cancel();
  limited.cancel();
  CHECK_FALSE(kept.cancelled());
  CHECK_FALSE(kept.deadline());
  CHECK(*kept.value<int>() == 7);
}

TEST_CASE("a token is the context's, and outlives it") {
  apart::stop_token token;
  {
    const scoped_context work = with_cancel(context::background());
    token = work.token();
    CHECK_FALSE(token.stop_requested());
  }
  CHECK(token.stop_requested());
}

TEST_CASE("the current context is the process's, or that of the scope that says so") {
  CHECK(context::current() == context::process());
  const scoped_context test = with_cancel(context::background());
  {
    const apart::detail::scoped_current now(test);
    CHECK(context::current() == test);
    std::thread([&] { CHECK(context::current() == test); }).join();
    const scoped_context inner = with_cancel();
    const apart::detail::scoped_current nested(inner);
    CHECK(context::current() == inner);
  }
  CHECK(context::current() == context::process());
}

TEST_CASE("what is current for one thread is not for the others") {
  const scoped_context set_up = with_cancel(context::background());
  {
    const apart::detail::scoped_current_of_thread now(set_up);
    CHECK(context::current() == set_up);
    std::thread([] { CHECK(context::current() == context::process()); }).join();
  }
  CHECK(context::current() == context::process());
}

TEST_CASE("a token says that a stop is possible wherever its context may be cancelled") {
  CHECK_FALSE(context::background().token().stop_possible());
  CHECK(context::process().token().stop_possible());
  scoped_context work = with_cancel(context::background());
  CHECK(work.token().stop_possible());
  work.cancel();
  CHECK(work.token().stop_possible());
}

TEST_CASE("durations of periods that are no whole number of nanoseconds saturate, too") {
  using frames = std::chrono::duration<long long, std::ratio<1001, 30000>>;
  CHECK_FALSE(with_timeout(context::background(), frames(150'000'000'000)).cancelled());
  CHECK_FALSE(with_timeout(context::background(), frames::max()).cancelled());
  CHECK(with_timeout(context::background(), frames(-1)).cancelled());
}

#if defined(SUPPORT_FORKS)
TEST_CASE("this program where nobody has asked for the process's context", "[.]") {
  const int output = support::output_of_self();
  static int told = 0;
  const auto say = [&] { support::write_all(output, std::to_string(told) + " "); };
  apart::detail::process_contexts& contexts = apart::detail::process_contexts::instance();
  contexts.watch([] { ++told; });
  say();
  const context process = context::process();
  say();
  contexts.watch([] { ++told; });
  contexts.run->cancel("", apart::detail::shared_unless_empty("the run is over"));
  say();
  support::write_all(output, process.cause());
}

TEST_CASE("whoever cancels the process's context is told when somebody first asks for it, or at once") {
  const support::ended child = support::in_child([](int output) {
    support::become_self("this program where nobody has asked for the process's context", output);
  });
  CHECK(child.well());
  CHECK(child.output == "0 1 2 the run is over");
}
#endif

TEST_CASE("trees grow and are cancelled on many threads at once") {
  for (int round = 0; round < 100; ++round) {
    scoped_context root = with_cancel(context::background());
    std::vector<std::thread> threads;
    std::atomic<int> alive{0};
    std::atomic<int> wrong{0};
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        std::vector<scoped_context> mine;
        mine.push_back(with_cancel(root));
        for (int n = 0; n < 25; ++n) mine.push_back(with_timeout(mine.back(), 1h));
        if (!mine.front().cancelled()) ++alive;
        mine[10].cancel();
        if (!mine.back().cancelled()) ++wrong;
      });
    }
    threads.emplace_back([&] { root.cancel(); });
    for (std::thread& thread : threads) thread.join();
    CHECK(alive <= 4);
    CHECK(wrong == 0);
  }
}

TEST_CASE("a child that is made while its parent is cancelled is cancelled in any case") {
  for (int round = 0; round < 500; ++round) {
    scoped_context parent = with_cancel(context::background());
    std::atomic<int> ready{0};
    const auto both = [&] {
      ++ready;
      while (ready != 2) std::this_thread::yield();
    };
    std::thread canceller([&] {
      both();
      parent.cancel("now");
    });
    both();
    const scoped_context plain = with_cancel(parent);
    const scoped_context limited = with_timeout(parent, 1h);
    const scoped_context below = with_cancel(limited);
    canceller.join();
    CHECK((plain.cancelled() && limited.cancelled() && below.cancelled()));
    CHECK((plain.cause() == "now" && limited.cause() == "now" && below.cause() == "now"));
  }
}

TEST_CASE("any nodes of a tree are cancelled on many threads, and each has all below it cancelled on return") {
  for (int round = 0; round < 50; ++round) {
    std::vector<scoped_context> nodes;
    std::vector<std::size_t> parents;
    nodes.push_back(with_cancel(context::background()));
    parents.push_back(0);
    for (std::size_t i = 1; i < 100; ++i) {
      parents.push_back((i * 7919 + static_cast<std::size_t>(round)) % i);
      nodes.push_back(i % 2 == 0 ? with_cancel(nodes[parents[i]]) : with_timeout(nodes[parents[i]], 1h));
    }
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t k = 0; k < 10; ++k) {
          const std::size_t chosen = 1 + (t * 31 + k * 17 + static_cast<std::size_t>(round)) % 99;
          nodes[chosen].cancel(std::to_string(chosen));
          for (std::size_t i = chosen; i < nodes.size(); ++i) {
            std::size_t above = i;
            while (above > chosen) above = parents[above];
            if (above == chosen && !nodes[i].cancelled()) ++wrong;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK_FALSE(nodes[0].cancelled());
  }
}

TEST_CASE("a moved-from scoped context may be asked, and cancels nothing") {
  scoped_context first = with_cancel(context::background());
  scoped_context second = std::move(first);
  first.cancel();
  CHECK_FALSE(first.cancelled());
  CHECK(first == second);
  second.cancel();
  CHECK(first.cancelled());
}

TEST_CASE("a wait of no time, or of less, returns at once") {
  const scoped_context work = with_cancel(context::background());
  CHECK(work.sleep_for(0s));
  CHECK(work.sleep_for(-1h));
  CHECK(work.sleep_for(std::chrono::hours::min()));
  CHECK_FALSE(work.wait_for(std::chrono::nanoseconds::min()));
}

TEST_CASE("a chain of any length is let go of without a call in a call") {
  context valued = context::background();
  for (int i = 0; i < 1'000'000; ++i) valued = valued.with_value(i);
  CHECK(*valued.value<int>() == 999'999);
  valued = context::background();
  std::vector<scoped_context> chain;
  chain.push_back(with_cancel(context::background()));
  for (int i = 0; i < 100'000; ++i) chain.push_back(with_cancel(chain.back()));
  chain.front().cancel();
  CHECK(chain.back().cancelled());
}

TEST_CASE("a value is the last thing that a context lets go of, with no lock held") {
  struct cancels_others {
    std::shared_ptr<scoped_context> other;
    ~cancels_others() {
      if (other != nullptr) other->cancel("by a value that went");
    }
    explicit cancels_others(std::shared_ptr<scoped_context> given) : other(std::move(given)) {}
    cancels_others(cancels_others&&) = default;
    cancels_others(const cancels_others&) = delete;
    cancels_others& operator=(cancels_others&&) = delete;
  };
  const auto other = std::make_shared<scoped_context>(with_cancel(context::background()));
  { const context valued = context::background().with_value(cancels_others(other)); }
  CHECK(other->cause() == "by a value that went");
}

TEST_CASE("a context prints its place, and when it will end or how it ended") {
  using Catch::Matchers::ContainsSubstring;
  using Catch::Matchers::EndsWith;
  using Catch::Matchers::StartsWith;
  const auto without_times = [](const std::string& text) {
    return std::regex_replace(text, std::regex("[0-9.]+ (ms|s|min|h)"), "so long");
  };
  const auto printed = [&](const context& shown) {
    std::ostringstream out;
    out << shown;
    CHECK(without_times(out.str()) == without_times(to_string(shown)));  // which is told a moment later
    return out.str();
  };
  CHECK(printed(context::background()) == "background");
  CHECK(printed(context::process()) == "background > run > process");
  scoped_context test = apart::detail::context_access::child_of(context::process(), "test",
                                                                apart::detail::shared_unless_empty("stores a record"));
  CHECK(printed(test) == "background > run > process > test \"stores a record\"");
  CHECK(printed(test.with_value(1)) == printed(test));
  CHECK(printed(test.without_cancel()) == "background");
  const scoped_context limited = with_timeout(test, 1h, "the login took too long");
  CHECK_THAT(
      printed(limited),
      StartsWith("background > run > process > test \"stores a record\" > with_deadline \"the login took too long\" "
                 "(deadline in ") &&
          (EndsWith("60.0 min)") || EndsWith("59.9 min)")));
  test.cancel("the test has ended");
  CHECK_THAT(printed(with_cancel(limited)),
             ContainsSubstring("> with_cancel (cancelled ") && EndsWith(" ago: the test has ended)"));
  CHECK_THAT(printed(with_timeout(context::background(), -1s)),
             ContainsSubstring(" > with_deadline (timed out ") && EndsWith("its deadline has passed)"));
}

#if defined(SUPPORT_FORKS)
TEST_CASE("the process's context has the name that tells it from others of its run") {
  const support::ended child = support::in_child([](int output) {
    apart::detail::process_contexts::instance().name_process("worker 2");
    support::write_all(output, to_string(context::process()));
    ::_exit(0);
  });
  CHECK(child.output == "background > run > process \"worker 2\"");
}

TEST_CASE("a run's end cancels the process's context, and with it a test's") {
  const support::ended child = support::in_child([](int) {
    const scoped_context test = with_cancel(context::process());
    std::thread([] { apart::detail::process_contexts::instance().run->cancel("the run is over"); }).detach();
    test.wait();
    ::_exit(context::process().cause() == "the run is over" && !context::background().cancelled() ? 0 : 1);
  });
  CHECK(child.well());
}

TEST_CASE("the first deadline starts two threads, no other one any, and nothing else one", support::needs_kernel) {
  const support::ended child = support::in_child([](int output) {
    const auto threads = [] {
      const std::filesystem::directory_iterator tasks("/proc/self/task");
      return std::to_string(std::distance(begin(tasks), std::filesystem::directory_iterator())) + " ";
    };
    scoped_context plain = with_cancel(context::background());
    static_cast<void>(plain.wait_for(1ms));
    const scoped_context for_ever = with_timeout(plain, std::chrono::hours::max());
    support::write_all(output, threads());
    std::vector<scoped_context> limited;
    limited.push_back(with_timeout(plain, 1h));
    support::write_all(output, threads());
    for (int i = 0; i < 1000; ++i) limited.push_back(with_timeout(plain, 1h));
    support::write_all(output, threads());
  });
  CHECK(child.well());
  CHECK(child.output == "1 3 3 ");
}
#endif

TEST_CASE("an earlier deadline that comes later is kept, as is each of many") {
  const scoped_context late = with_timeout(context::background(), 1h);
  const scoped_context early = with_timeout(context::background(), 1ms);
  early.wait();
  CHECK_FALSE(late.cancelled());
  std::vector<scoped_context> many;
  for (int i = 0; i < 1000; ++i)
    many.push_back(with_timeout(context::background(), std::chrono::microseconds(i * 37 % 5000)));
  for (const scoped_context& one : many) one.wait();
  CHECK(many.front().error() == std::errc::timed_out);
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a process ends though deadlines are pending, and a function of one is running") {
  const support::ended child = support::in_child([](int output) {
    static const scoped_context pending = with_timeout(context::background(), 1h);
    static const scoped_context expired = with_timeout(context::background(), 20ms);
    static std::atomic<bool> entered{false};
    // On a thread of its own, since the function is called there where the deadline has passed by then.
    std::thread([] {
      static apart::on_cancel* volatile stuck = new apart::on_cancel(expired, [] {  // reachable for a leak checker
        entered = true;
        for (;;) ::pause();
      });
      static_cast<void>(stuck);
    }).detach();
    while (!entered) std::this_thread::yield();
    support::write_all(output, "ends");
  });
  CHECK(child.well());
  CHECK(child.output == "ends");
}

TEST_CASE("this program with a deadline and no memory for a thread", "[.]") {
  const int output = support::output_of_self();
  struct rlimit before {};
  ::getrlimit(RLIMIT_AS, &before);
  const struct rlimit none { 1, before.rlim_max };
  ::setrlimit(RLIMIT_AS, &none);
  try {
    const scoped_context limited = with_timeout(context::background(), 1h);
  } catch (const apart::error& failed) {
    ::setrlimit(RLIMIT_AS, &before);
    support::write_all(output, failed.what());
  }
  const scoped_context limited = with_timeout(context::background(), 1ms);
  limited.wait();
}

TEST_CASE("a deadline that finds no thread says so, and works once there is one", support::forks_beside_threads) {
  const support::ended child = support::in_child(
      [](int output) { support::become_self("this program with a deadline and no memory for a thread", output); });
  CHECK(child.well());
  CHECK_THAT(child.output, Catch::Matchers::StartsWith("the deadline of a context needs a thread") &&
                               Catch::Matchers::ContainsSubstring("ulimit -u"));
}

TEST_CASE("a deadline from before a fork expires in the child, whatever it does first", support::forks_beside_threads) {
  const scoped_context limited = with_timeout(context::background(), 200ms);
  const support::ended waits = support::in_child([&](int) {
    limited.wait();
    ::_exit(limited.error() == std::errc::timed_out ? 0 : 1);
  });
  CHECK(waits.well());
  const scoped_context again = with_timeout(context::background(), 200ms);
  const support::ended makes_a_child = support::in_child([&](int) {
    const scoped_context below = with_cancel(again);
    while (!below.cancelled()) std::this_thread::yield();
    ::_exit(0);
  });
  CHECK(makes_a_child.well());
}

TEST_CASE("a forked child that only asks learns nothing of a deadline from before, and prints that it has passed",
          support::forks_beside_threads) {
  const scoped_context limited = with_timeout(context::background(), 500ms);
  const support::ended child = support::in_child([&](int output) {
    std::this_thread::sleep_until(*limited.deadline() + 1ms);
    support::write_all(output, (limited.cancelled() ? "cancelled " : "") + to_string(limited) + "|");
    static_cast<void>(limited.wait_for(1h));
    support::write_all(output, to_string(limited));
  });
  CHECK_THAT(child.output, Catch::Matchers::Matches(R"(background > with_deadline \(deadline passed \d+ ms ago\)\|)"
                                                    R"(background > with_deadline \(timed out \d+ ms ago: .*\))"));
}

TEST_CASE("a forked child cancels and destroys what threads of its parent wait for", support::forks_beside_threads) {
  for (int round = 0; round < 20; ++round) {
    auto work = std::make_unique<scoped_context>(with_cancel(context::background()));
    std::atomic<int> waiting{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&waiting, shared = static_cast<const context&>(*work)] {
        ++waiting;
        shared.wait();
      });
    }
    while (waiting != 3) std::this_thread::yield();
    static_cast<void>(context::background().sleep_for(1ms));
    const support::ended child = support::in_child([&](int) {
      static_cast<void>(work->wait_for(1ms));
      std::thread waits_here([&] { work->wait(); });
      work->cancel();
      waits_here.join();
      work.reset();
      ::_exit(0);
    });
    CHECK(child.well());
    CHECK_FALSE(work->cancelled());
    work->cancel();
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_CASE("a forked child cancels its own copy, and its deadlines expire", support::needs_kernel) {
  scoped_context work = with_timeout(context::background(), 1h);
  const support::ended child = support::in_child([&](int) {
    const scoped_context limited = with_timeout(work, 1ms);
    limited.wait();
    work.cancel();
    ::_exit(limited.error() == std::errc::timed_out && work.cancelled() ? 0 : 1);
  });
  CHECK(child.well());
  CHECK_FALSE(work.cancelled());
}

TEST_CASE("a fork while other threads make and cancel contexts leaves the child usable",
          support::forks_beside_threads) {
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        scoped_context work = with_timeout(context::background(), 1h);
        work.cancel();
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    const support::ended child = support::in_child([](int) {
      scoped_context work = with_timeout(context::background(), 1ms);
      work.wait();
      ::_exit(work.cancelled() ? 0 : 1);
    });
    CHECK(child.well());
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}
#endif
