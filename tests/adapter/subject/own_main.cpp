// A program that has a main of its own and the adapter, and whose process cannot be initialized: what the body needs is
// missing, so it crashes.

#define CATCH_CONFIG_RUNNER  // with Catch2 2.13 this file compiles the framework too
#include <apart/adapter/catch2.hpp>

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include <apart/process/initializer.hpp>
#include <apart/test/this_test.hpp>

#include "catch.hpp"

APART_CATCH2_ADAPTER();
APART_CATCH2_ADAPTER();  // as another file may

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }

namespace {

apart::initializer broken{"kinds", [] { throw std::runtime_error("no schema.json"); }};

}  // namespace

TEST_CASE("crashes") { ::raise(SIGSEGV); }
TEST_CASE("has a clean-up", "[.]") {
  apart::this_test::on_cleanup([] { std::puts("cleaned up"); });
}
