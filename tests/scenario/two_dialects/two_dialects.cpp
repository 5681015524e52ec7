#include <atomic>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include <apart/context/context.hpp>
#include <apart/context/detail/scoped_current.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/context/stop_token.hpp>
#include <apart/interop/stop_token.hpp>

#include "catch.hpp"
#include "part.hpp"

static_assert(__cplusplus > 201703L);

using apart::context;
using apart::with_cancel;

namespace {

const part* const parts[] = {&in_unit, &in_shared_object};

}  // namespace

TEST_CASE("a context of one dialect is cancelled by the other, with its cause, and its functions are called") {
  for (const part* other : parts) {
    apart::scoped_context parent = with_cancel(context::background());
    const apart::scoped_context child = other->child_of(parent);
    int called = 0;
    const std::unique_ptr<apart::on_cancel> theirs = other->watch(child, [&] { ++called; });
    const apart::on_cancel ours(child, [&] { ++called; });
    parent.cancel("by the other part");
    CHECK(child.cancelled());
    CHECK(other->cause_of(child) == "by the other part");
    CHECK(called == 2);
  }
}

TEST_CASE("values of a type that both parts see are found in either") {
  for (const part* other : parts) {
    CHECK(other->value_of(context::background().with_value(std::string("ours"))) == "ours");
    const context theirs = other->with_value(context::background(), "theirs");
    REQUIRE(theirs.value<std::string>() != nullptr);
    CHECK(*theirs.value<std::string>() == "theirs");
  }
}

TEST_CASE("all parts have one process's context and one current one") {
  for (const part* other : parts) {
    CHECK(other->current() == context::process());
    const apart::scoped_context test = with_cancel(context::background());
    const apart::detail::scoped_current now(test);
    CHECK(other->current() == test);
  }
}

TEST_CASE("tokens go both ways, and on to the standard's") {
  for (const part* other : parts) {
    apart::stop_source source;
    CHECK(other->token_of(source) == source.get_token());
    const apart::scoped_context child = other->child_of(context::background());
    const std::stop_token in_std = apart::std_token(child);
    std::atomic<bool> running{false};
    std::thread loop([&] { other->run_beside(source.get_token(), running); });
    while (!running) std::this_thread::yield();
    source.request_stop();
    loop.join();
    CHECK_FALSE(in_std.stop_requested());
  }
}

TEST_CASE("trees of both parts are grown and cancelled at the same time") {
  for (const part* other : parts) {
    for (int round = 0; round < 500; ++round) {
      apart::scoped_context root = with_cancel(context::background());
      std::atomic<bool> called_theirs{false};
      std::atomic<bool> called_ours{false};
      std::thread theirs([&] {
        const apart::scoped_context child = other->child_of(root);
        const auto watch = other->watch(child, [&] { called_theirs = true; });
        child.wait();
        while (!called_theirs) std::this_thread::yield();
      });
      std::thread ours([&] {
        const apart::scoped_context child = with_cancel(root);
        const apart::on_cancel watch(child, [&] { called_ours = true; });
        child.wait();
        while (!called_ours) std::this_thread::yield();
      });
      root.cancel();
      theirs.join();
      ours.join();
      CHECK(root.cancelled());
    }
  }
}
