// A program that has Catch2's own main (support/catch_main.cpp) and the adapter, and whose process cannot be initialized: what
// the body needs is missing, so it crashes.

#include <apart/adapter/catch2.hpp>

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include <apart/process/initializer.hpp>
#include <apart/test/this_test.hpp>

#include "catch.hpp"

APART_CATCH2_ADAPTER();
APART_CATCH2_ADAPTER();  // as another file may

namespace {

apart::initializer broken{"kinds", [] { throw std::runtime_error("no schema.json"); }};

}  // namespace

TEST_CASE("crashes") { ::raise(SIGSEGV); }
TEST_CASE("has a clean-up", "[.]") {
  apart::this_test::on_cleanup([] { std::puts("cleaned up"); });
}
