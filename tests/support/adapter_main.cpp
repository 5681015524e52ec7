#define CATCH_CONFIG_RUNNER
#include <apart/adapter/catch2.hpp>

// The main of the tests of test/ and adapter/ where there is no launcher.
APART_CATCH2_ADAPTER();

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
