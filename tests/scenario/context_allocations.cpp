// What contexts allocate: nothing stays, and an allocation that fails leaves nothing behind.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>

#include <apart/context/context.hpp>
#include <apart/context/on_cancel.hpp>

#include "catch.hpp"

using apart::context;
using apart::with_cancel;
using apart::with_timeout;
using namespace std::chrono_literals;

namespace {

std::atomic<long> alive{0};
thread_local long until_failure = -1;  // of this thread; negative: none fails

}  // namespace

void* operator new(std::size_t size) {
  if (until_failure == 0) throw std::bad_alloc();
  if (until_failure > 0) --until_failure;
  void* const made = std::malloc(size);
  if (made == nullptr) throw std::bad_alloc();
  ++alive;
  return made;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return ::operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* gone) noexcept {
  if (gone != nullptr) --alive;
  std::free(gone);
}
void operator delete(void* gone, std::size_t) noexcept { ::operator delete(gone); }

TEST_CASE("a million children that end leave no memory behind") {
  apart::scoped_context parent = with_cancel(context::background());
  static_cast<void>(with_timeout(parent, 1h));
  const long before = alive;
  for (int i = 0; i < 1'000'000; ++i) {
    const apart::scoped_context child =
        i % 2 == 0 ? with_cancel(parent) : with_timeout(parent, 1h, "a cause of its own");
    if (child.cancelled()) FAIL("cancelled");
  }
  CHECK(alive == before);
}

TEST_CASE("registrations, tokens and values that end leave no memory behind") {
  const apart::scoped_context parent = with_cancel(context::background());
  const long before = alive;
  for (int i = 0; i < 10'000; ++i) {
    const apart::on_cancel watch(parent, [] {});
    const apart::stop_token token = parent.token();
    const context valued = parent.with_value(std::string("a value that needs memory of its own")).with_value(i);
    const context kept = valued.without_cancel();
  }
  CHECK(alive == before);
}

TEST_CASE("what fails for want of memory leaves the tree as it was") {
  apart::scoped_context parent = with_cancel(context::background());
  static_cast<void>(with_timeout(parent, 1h));
  int called = 0;
  const apart::on_cancel watch(parent, [&] { ++called; });
  const auto until_it_succeeds = [&](auto action) {
    for (long allowed = 0;; ++allowed) {
      const long before = alive;
      until_failure = allowed;
      try {
        action();
        until_failure = -1;
        return allowed;
      } catch (const std::bad_alloc&) {
        until_failure = -1;
        if (alive != before) FAIL("allocation " << allowed << " of these leaves something behind");
      }
    }
  };
  const std::string cause(100, 'c');
  CHECK(until_it_succeeds([&] { static_cast<void>(with_cancel(parent)); }) > 0);
  CHECK(until_it_succeeds([&] { static_cast<void>(with_timeout(parent, 1h, cause)); }) > 0);
  CHECK(until_it_succeeds([&] { static_cast<void>(with_timeout(parent, -1h, cause)); }) > 0);
  CHECK(until_it_succeeds([&] { static_cast<void>(parent.with_value(cause)); }) > 0);
  CHECK(until_it_succeeds([&] { const apart::on_cancel more(parent, [&] { ++called; }); }) > 0);
  CHECK(until_it_succeeds([&] { static_cast<void>(to_string(parent)); }) > 0);
  CHECK(until_it_succeeds([&] { parent.cancel(cause); }) > 0);
  CHECK(called == 1);
  CHECK(parent.cause() == cause);
}

TEST_CASE("the end of a scope cancels without any memory") {
  bool called = false;
  std::optional<apart::scoped_context> parent(with_cancel(context::background()));
  const apart::scoped_context child = with_timeout(*parent, 1h);
  const apart::on_cancel watch(child, [&] { called = true; });
  until_failure = 0;
  parent.reset();
  until_failure = -1;
  CHECK(called);
  CHECK(child.cause() == "its scope has ended");
}
