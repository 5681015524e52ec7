#include <apart/version.hpp>

#include <string>
#include <typeinfo>

#include "catch.hpp"

APART_BEGIN_NAMESPACE
struct version_probe {};
APART_END_NAMESPACE

TEST_CASE("CMake and the header state the same version") {
  const std::string header = std::to_string(APART_VERSION_MAJOR) + "." + std::to_string(APART_VERSION_MINOR) + "." +
                             std::to_string(APART_VERSION_PATCH);
  CHECK(header == APART_VERSION_OF_CMAKE);
}

TEST_CASE("The inline namespace names the version, so that two versions in one program never mix") {
  const std::string mangled = typeid(apart::version_probe).name();
  const std::string version = "v" + std::to_string(APART_VERSION_MAJOR) + "_" + std::to_string(APART_VERSION_MINOR);
  CHECK(mangled.find(version) != std::string::npos);
}
