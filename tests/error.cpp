#include <apart/error.hpp>

#include <cerrno>
#include <stdexcept>
#include <string>

#include <apart/detail/report.hpp>

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

TEST_CASE("The handler of reports gets what would be said on stderr, until the former one is back") {
  static std::string heard;
  CHECK(apart::set_report_handler([](const char* line) { heard += line; }) == nullptr);
  apart::detail::report("one");
  const apart::report_handler mine = apart::set_report_handler([](const char*) { throw std::logic_error("deaf"); });
  CHECK_NOTHROW(apart::detail::report("said on stderr by a test"));
  CHECK(apart::set_report_handler(mine) != nullptr);
  apart::detail::report(", two");
  CHECK(apart::set_report_handler(nullptr) == mine);
  CHECK(heard == "one, two");
}
