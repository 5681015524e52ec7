#define CATCH_CONFIG_RUNNER  // with Catch2 2.13 this file compiles the framework too
#include "catch.hpp"

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
