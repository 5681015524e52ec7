// A program of GoogleTest that has a main of its own and the adapter. Its process cannot be initialized where the
// environment says so.

#include <apart/adapter/gtest.hpp>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <apart/process/initializer.hpp>
#include <apart/test/this_test.hpp>

APART_GTEST_ADAPTER();
APART_GTEST_ADAPTER();  // as another file may

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

namespace {

apart::initializer kinds{"kinds", [] {
                           if (std::getenv("SUBJECT_BROKEN") != nullptr) throw std::runtime_error("no schema.json");
                         }};

}  // namespace

TEST(OfTheAdapter, KnowsItsName) {
  apart::this_test::on_cleanup([] { std::puts("cleaned up"); });
  EXPECT_EQ(apart::this_test::name(), "OfTheAdapter.KnowsItsName");
  EXPECT_TRUE(apart::this_test::ctx().deadline());
  EXPECT_FALSE(apart::detail::test_failed.load());
}

TEST(OfTheAdapter, KnowsThatItHasFailed) {
  EXPECT_EQ(1, 2);
  std::puts(apart::detail::test_failed.load() ? "knows that it has failed" : "does not know");
}
