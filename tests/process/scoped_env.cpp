#include <apart/process/scoped_env.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"

using apart::scoped_env;
using support::error_of;

namespace {

static_assert(!std::is_copy_constructible_v<scoped_env> && !std::is_copy_assignable_v<scoped_env>);
static_assert(std::is_nothrow_move_constructible_v<scoped_env> && std::is_nothrow_move_assignable_v<scoped_env>);
static_assert(std::is_constructible_v<scoped_env, const char*, const char*>);
static_assert(std::is_constructible_v<scoped_env, const char*, std::nullopt_t>);
static_assert(!std::is_constructible_v<scoped_env, const char*, std::nullptr_t>, "nullopt unsets");
static_assert(!std::is_constructible_v<scoped_env, std::nullptr_t, const char*>);
static_assert(!std::is_constructible_v<scoped_env, const char*, int> &&
              !std::is_constructible_v<scoped_env, std::string, int>);
static_assert(!std::is_constructible_v<scoped_env, int, const char*>);

#if defined(_WIN32)
/// As what this process starts finds it; for getenv an empty variable is none, and else it is the same.
std::string now() {
  const std::string value = apart::detail::variable("SCOPED").value_or("(unset)");
  const char* const of_library = std::getenv("SCOPED");
  CHECK((of_library != nullptr ? of_library : "") == (value == "(unset)" ? "" : value));
  return value;
}

void begin_with(const std::string& value) {
  apart::detail::set_variable("SCOPED", value == "(unset)" ? std::nullopt : std::optional(value));
}
#else
/// What the variable of the tests holds; "(unset)" where it is not set.
std::string now() {
  const char* const value = std::getenv("SCOPED");
  return value != nullptr ? value : "(unset)";
}

void begin_with(const std::string& value) {
  if (value == "(unset)") {
    ::unsetenv("SCOPED");
  } else {
    ::setenv("SCOPED", value.c_str(), 1);
  }
}
#endif

const char* const states[] = {"text", "", "(unset)"};

}  // namespace

TEST_CASE("whatever a variable was, set, empty or unset, it is again") {
  for (const std::string before : states) {
    for (const std::optional<std::string>& meanwhile :
         {std::optional<std::string>("x=y"), std::optional<std::string>(""), std::optional<std::string>()}) {
      begin_with(before);
      {
        const scoped_env changed("SCOPED", meanwhile);
        CHECK(now() == meanwhile.value_or("(unset)"));
      }
      CHECK(now() == before);
    }
  }
}

TEST_CASE("a name and a value may be any text") {
  const char* const pointer = "pointer";
  const std::string name = "SCOPED";
  const auto becomes = [](const char* expected, const scoped_env&) { CHECK(now() == expected); };
  becomes("view", scoped_env(std::string_view("SCOPED"), std::string_view("view and more").substr(0, 4)));
  becomes("view", scoped_env(name, std::optional<std::string_view>("view")));
  becomes("pointer", scoped_env(name, pointer));
  becomes("string", scoped_env("SCOPED", std::string("string")));
#if !defined(_WIN32)  // where a path is no text of bytes
  becomes("/a/path", scoped_env("SCOPED", std::filesystem::path("/a/path")));
#endif
  becomes("(unset)", scoped_env(name, std::optional<const char*>()));
  becomes("(unset)", scoped_env("SCOPED", {}));
}

TEST_CASE("the former value is back also where the test has changed the variable further") {
  for (const std::string before : states) {
    begin_with(before);
    {
      const scoped_env changed("SCOPED", "1");
      ::setenv("SCOPED", "2", 1);
      const scoped_env again("SCOPED", "3");
      ::unsetenv("SCOPED");
    }
    CHECK(now() == before);
  }
}

TEST_CASE("nested guards put back one after the other") {
  begin_with("0");
  {
    const scoped_env one("SCOPED", "1");
    {
      const scoped_env two("SCOPED", std::nullopt);
      CHECK(now() == "(unset)");
    }
    CHECK(now() == "1");
  }
  CHECK(now() == "0");
}

TEST_CASE("guards that go in any order leave what the last one made, and in the end what the first one found") {
  const std::vector<std::vector<int>> orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (const std::string before : states) {
    for (const std::vector<int>& order : orders) {
      begin_with(before);
      std::optional<scoped_env> guards[3];
      for (int i = 0; i < 3; ++i) guards[i].emplace("SCOPED", std::to_string(i));
      const scoped_env other("SCOPED_TOO", "other");
      for (const int goes : order) {
        guards[goes].reset();
        std::string expected = before;
        for (int i = 0; i < 3; ++i) {
          if (guards[i]) expected = std::to_string(i);
        }
        CHECK(now() == expected);
      }
      CHECK(std::getenv("SCOPED_TOO") == std::string("other"));
    }
  }
}

TEST_CASE("a moved guard of a variable has one duty, and a moved-from one none") {
  begin_with("before");
  {
    scoped_env one("SCOPED", "1");
    scoped_env& same = one;
    one = std::move(same);
    CHECK(now() == "1");
    scoped_env taken = std::move(one);
    { const scoped_env empty = std::move(one); }
    CHECK(now() == "1");
    scoped_env two("SCOPED", "2");
    two = std::move(taken);  // 2 is put back, 1 goes on
    CHECK(now() == "1");
  }
  CHECK(now() == "before");
}

#if defined(SUPPORT_FORKS)
TEST_CASE("what this process starts inherits the value") {
  const scoped_env changed("SCOPED", "inherited");
  const auto ended = support::in_child([](int output) {
    ::dup2(output, 1);
    ::execl("/bin/sh", "sh", "-c", "printf %s \"$SCOPED\"", static_cast<char*>(nullptr));
  });
  CHECK(ended.output == "inherited");
}

TEST_CASE("a forked child puts back its own, and its parent's stays") {
  begin_with("before");
  std::optional<scoped_env> changed;
  changed.emplace("SCOPED", "1");
  const auto ended = support::in_child([&](int output) {
    changed.reset();
    support::write_all(output, now());
  });
  CHECK(ended.output == "before");
  CHECK(now() == "1");
}

TEST_CASE("a child that is forked while other threads change variables can change them, too") {
  std::vector<std::thread> threads;
  std::vector<support::ended> ends(2);
  for (int t = 0; t < 2; ++t) {
    const std::string name = "SCOPED_" + std::to_string(t);
    threads.emplace_back([&, t, name] {
      for (int i = 0; i < 200; ++i) const scoped_env changed(name, "x");
      for (int i = 0; i < 20; ++i) {
        ends[static_cast<std::size_t>(t)] = support::in_child([&](int output) {
          const scoped_env changed(name, "child");
          support::write_all(output, std::getenv(name.c_str()));
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const support::ended& end : ends) CHECK(end.output == "child");
}
#endif

TEST_CASE("a name or a value that no environment can hold is an error that names it, and changes nothing") {
  begin_with("before");
  CHECK(error_of([] { const scoped_env bad("", "x"); }) == "scoped_env: '' is no name of an environment variable");
  CHECK(support::contains(error_of([] { const scoped_env bad("A=B", "x"); }), "'A=B'"));
  CHECK_FALSE(error_of([] { const scoped_env bad(std::string("A\0B", 3), "x"); }).empty());
  CHECK(support::contains(error_of([] { const scoped_env bad("SCOPED", std::string("a\0b", 3)); }), "SCOPED"));
  CHECK(error_of([] { const scoped_env bad("SCOPED", std::getenv("NOT_SET")); }) ==
        "scoped_env: the value for SCOPED is a null pointer; give it a text, or std::nullopt to unset it");
  for (const char* const value : {"x", static_cast<const char*>(nullptr)}) {
    CHECK(error_of([&] { const scoped_env bad(std::getenv("NOT_SET"), value); }) ==
          "scoped_env: the name of the variable is a null pointer; give it a text");
  }
  CHECK(now() == "before");
}
