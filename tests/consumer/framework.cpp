// What a component <framework>_main brings: the framework, fmt and the headers of apart, each to include and to link.

#include <fmt/format.h>

#include <apart/launch/options.hpp>

#if defined(FRAMEWORK_IS_catch2)
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_version.hpp>
static bool is_linked() { return Catch::libraryVersion().majorVersion == 3; }
#else
#include <catch2/catch.hpp>
static bool is_linked() { return CATCH_VERSION_MAJOR == 2; }
#endif
#elif defined(FRAMEWORK_IS_gtest)
#include <gtest/gtest.h>
static bool is_linked() { return testing::UnitTest::GetInstance()->total_test_count() == 0; }
#elif defined(FRAMEWORK_IS_doctest)
#define DOCTEST_CONFIG_DISABLE
#include <doctest/doctest.h>
static bool is_linked() { return DOCTEST_VERSION_MAJOR == 2; }
#elif defined(FRAMEWORK_IS_boost_test)
#include <boost/test/framework.hpp>
static bool is_linked() { return !boost::unit_test::framework::test_in_progress(); }
#endif

int main() { return is_linked() && fmt::format("{}", apart::launch_options{}.max_failures).size() > 0 ? 0 : 1; }
