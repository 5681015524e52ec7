#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

#include <apart/test/detail/test_slot.hpp>

APART_BEGIN_NAMESPACE

/// An object that each test has anew: a schema, a recorder, a client with a tenant of its own.
///
///     static apart::per_test<schema> db{[] { return schema(apart::this_test::unique_name()); }};
///     ...
///     db->execute("create table t (n int)");   // in every test that needs it, and in whatever the test calls
///
/// Scope: the test that runs now (this_test.hpp). Static: at namespace scope, a static member or a static local; any
/// static initialiser may name it, only a test may use it.
/// Owner: the test. It is made when the test first asks, once, however many threads ask; the others wait.
/// Destruction: among the test's clean-ups, so in reverse order with them, with other `per_test`s and with
/// `this_test::dir()`; also when the test fails, is skipped or runs out of time, and not after _exit or a crash. A
/// destructor that throws ends the program.
/// Fork: a child that a test forks has its parent's object as it was, and does not destroy it.
/// Errors: `apart::error` outside a test, and where `make` needs the object itself. What `make` throws reaches who asked;
/// the next who asks tries again.
/// Threads: any, as long as the test lasts. Access to an object that is there costs one load.
template <class T>
class per_test : private detail::test_slot<std::remove_cv_t<T>> {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "per_test<T>: T must be an object type");

 public:
  [[nodiscard]] constexpr explicit per_test(T (*make)()) noexcept : make_(make) {}

  per_test(const per_test&) = delete;
  per_test& operator=(const per_test&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;

  [[nodiscard]] T& operator*() { return this->get("per_test", make_); }
  [[nodiscard]] T* operator->() { return std::addressof(**this); }

 private:
  T (*make_)();
};

template <class Make>
per_test(Make) -> per_test<std::invoke_result_t<Make>>;

APART_END_NAMESPACE
