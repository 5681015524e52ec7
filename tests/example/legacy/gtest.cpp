#include <gtest/gtest.h>

#include "example/legacy/habits.hpp"

TEST(Files, Orders) { EXPECT_EQ(legacy::keep_files("orders"), ""); }
TEST(Files, Bills) { EXPECT_EQ(legacy::keep_files("bills"), ""); }
TEST(Port, Orders) { EXPECT_EQ(legacy::serve_a_port("orders"), ""); }
TEST(Port, Bills) { EXPECT_EQ(legacy::serve_a_port("bills"), ""); }
TEST(Names, Orders) { EXPECT_EQ(legacy::use_fixed_names("orders"), ""); }
TEST(Names, Bills) { EXPECT_EQ(legacy::use_fixed_names("bills"), ""); }
TEST(Build, Orders) { EXPECT_EQ(legacy::write_to_the_build("orders"), ""); }
TEST(Build, Bills) { EXPECT_EQ(legacy::write_to_the_build("bills"), ""); }
