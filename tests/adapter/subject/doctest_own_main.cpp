// A program of doctest that has a main of its own and the adapter. Its process cannot be initialized where the environment
// says so.

#define DOCTEST_CONFIG_IMPLEMENT
#include <apart/adapter/doctest.hpp>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <apart/process/initializer.hpp>
#include <apart/test/this_test.hpp>

APART_DOCTEST_ADAPTER();
APART_DOCTEST_ADAPTER();  // as another file may

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int first = context.run();
  return std::getenv("SUBJECT_TWICE") != nullptr ? context.run() : first;
}

namespace {

apart::initializer kinds{"kinds", [] {
                           if (std::getenv("SUBJECT_BROKEN") != nullptr) throw std::runtime_error("no schema.json");
                         }};

}  // namespace

TEST_SUITE("of the adapter") {
  TEST_CASE("knows its name") {
    apart::this_test::on_cleanup([] { std::puts("cleaned up"); });
    CHECK(apart::this_test::name() == "of the adapter/knows its name");
    CHECK(apart::this_test::ctx().deadline());
    CHECK_FALSE(apart::detail::test_failed.load());
  }

  TEST_CASE("knows that it has failed") {
    MESSAGE("which is no failure");
    WARN(1 == 2);
    std::puts(apart::detail::test_failed.load() ? "does not know" : "knows that it has not failed yet");
    CHECK(1 == 2);
    std::puts(apart::detail::test_failed.load() ? "knows that it has failed" : "does not know");
  }
}
