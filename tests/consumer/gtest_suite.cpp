#include <apart/launch/gtest_main.hpp>

APART_GTEST_MAIN();

TEST(OfAUser, First) { EXPECT_FALSE(apart::this_test::ctx().cancelled()); }

TEST(OfAUser, Second) { EXPECT_EQ(apart::this_test::name(), "OfAUser.Second"); }
