#include <apart/error.hpp>

#include <cerrno>
#include <stdexcept>
#include <string>

#include "catch.hpp"

TEST_CASE("What the library throws is caught as apart::error and as std::runtime_error") {
  CHECK_THROWS_AS(apart::detail::raise(apart::error("the port: taken")), apart::error);
  CHECK_THROWS_AS(apart::detail::raise(apart::error("the port: taken")), std::runtime_error);
}

TEST_CASE("A failed system call is reported with the resource first and the system's words after it") {
  CHECK_THROWS_WITH(apart::detail::raise_system(ENOENT, "/no/such/directory"),
                    "/no/such/directory: No such file or directory");
}

TEST_CASE("attempt returns true for an action that succeeds, and reports nothing") {
  std::string reported = "nothing";
  CHECK(apart::detail::attempt([] {}, [&](const char* text) { reported = text; }));
  CHECK(reported == "nothing");
}

TEST_CASE("attempt hands over the text of a std::exception") {
  std::string reported;
  CHECK_FALSE(apart::detail::attempt([] { throw std::logic_error("the port is taken"); },
                                     [&](const char* text) { reported = text; }));
  CHECK(reported == "the port is taken");
}

TEST_CASE("attempt survives what is not a std::exception") {
  std::string reported;
  CHECK_FALSE(apart::detail::attempt([] { throw 7; }, [&](const char* text) { reported = text; }));
  CHECK(reported == "threw something that is not a std::exception");
}
