#include <apart/test/this_test.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <apart/detail/duration.hpp>
#include <apart/error.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/process/scoped_env.hpp>

#include "catch.hpp"
#include "support/child.hpp"

#if defined(SUPPORT_FORKS)
#include <sys/ptrace.h>
#include <unistd.h>
#endif

using apart::detail::running_test;
namespace fs = std::filesystem;

namespace {

/// What the test case below this one in the file expects of the one above it.
std::vector<std::string> journal;

struct outside_of_every_test {
  std::string said;
  outside_of_every_test() {
    try {
      apart::this_test::on_cleanup([] {});
    } catch (const apart::error& refused) {
      said = refused.what();
    }
  }
} const at_start;

}  // namespace

TEST_CASE("a test knows its name, also \"with quotes\"") {
  CHECK(apart::this_test::name() == "a test knows its name, also \"with quotes\"");
}

TEST_CASE("outside a test everything is an error that says so") {
  CHECK(at_start.said ==
        "this_test::on_cleanup was called while no test runs; call it in a test's body, or, where this is one, link an "
        "adapter: APART_CATCH2_ADAPTER(); of <apart/adapter/catch2.hpp> in one file");
}

#if defined(SUPPORT_FORKS)
TEST_CASE("under a debugger a test has no deadline") {
  const auto has_deadline = [](bool traced) {
    return support::in_child([&](int output) {
             if (traced && ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) std::abort();
             apart::detail::running_test test;
             test.begin("followed");
             support::write_all(output, apart::context::current().deadline() ? "yes" : "no");
             ::_exit(0);
           })
        .output;
  };
  CHECK(has_deadline(false) == "yes");
  CHECK(has_deadline(true) == "no");
}
#endif

TEST_CASE("a test's context is the current one, has a deadline, and is not cancelled") {
  const apart::context ctx = apart::this_test::ctx();
  CHECK_FALSE(ctx.cancelled());
  REQUIRE(ctx.deadline());
  CHECK(*ctx.deadline() > std::chrono::steady_clock::now());
  CHECK(apart::context::current().deadline() == ctx.deadline());
  std::thread([&] { CHECK(apart::context::current().deadline() == ctx.deadline()); }).join();
}

TEST_CASE("clean-ups run after the body, the last registered first, and one that a clean-up registers too") {
  journal.clear();
  SECTION("registered") {
    apart::this_test::on_cleanup([] { journal.push_back("first"); });
    apart::this_test::on_cleanup([] {
      apart::this_test::on_cleanup([] { journal.push_back("registered by the second"); });
      journal.push_back("second");
    });
    apart::this_test::on_cleanup([owned = std::make_unique<int>(3)] { journal.push_back(std::to_string(*owned)); });
    CHECK(journal.empty());
    return;
  }
}

TEST_CASE("(the clean-ups of the test before)") {
  CHECK(journal == std::vector<std::string>{"3", "second", "registered by the second", "first"});
}

TEST_CASE("clean-ups run once per leaf section") {
  static int ran = 0;
  apart::this_test::on_cleanup([] { ++ran; });
  SECTION("one") { CHECK(ran == 0); }
  SECTION("two") { CHECK(ran == 1); }
  SECTION("three") {
    SECTION("a") { CHECK(ran == 2); }
    SECTION("b") { CHECK(ran == 3); }
  }
}

TEST_CASE("a test's context is cancelled just before its clean-ups, which have one of their own") {
  static std::string seen;
  SECTION("registered") {
    const apart::context ctx = apart::this_test::ctx();
    apart::this_test::on_cleanup([ctx] {
      seen = ctx.cause();
      if (apart::this_test::ctx().cancelled() || !apart::this_test::ctx().deadline()) seen = "no context of its own";
      if (apart::context::current().cancelled()) seen = "the current one is cancelled";
    });
  }
  SECTION("seen") { CHECK(seen == "the test has ended"); }
}

TEST_CASE("a test has a directory of its own, which goes with its clean-ups") {
  static fs::path before;
  SECTION("made") {
    before = apart::this_test::dir();
    CHECK(fs::is_directory(before));
    CHECK(fs::is_empty(before));
    CHECK(apart::this_test::dir() == before);
    CHECK(before.filename().string().find("a_test_has_a_directory_o-") == 0);
    apart::this_test::on_cleanup([] { std::ofstream(apart::this_test::dir() / "last words") << "..."; });
  }
  SECTION("gone") {
    CHECK_FALSE(fs::exists(before));
    CHECK(apart::this_test::dir() != before);
  }
}

TEST_CASE("an artifact directory stays, and a report says where") {
  static fs::path before;
  SECTION("made") {
    static std::string reported;
    apart::set_report_handler([](const char* text) { reported = text; });
    before = apart::this_test::artifact_dir();
    apart::set_report_handler(nullptr);
    CHECK(reported.find(before.generic_string()) != std::string::npos);
    CHECK(apart::this_test::artifact_dir() == before);
  }
  SECTION("kept") {
    CHECK(fs::is_directory(before));
    fs::remove(before);
  }
}

TEST_CASE("artifact directories: in the place that is collected, /with odd letters/") {
  const apart::temp_dir collected;
  const apart::scoped_env variable("TEST_UNDECLARED_OUTPUTS_DIR", collected.path().string());
  const fs::path first = apart::this_test::artifact_dir();
  CHECK(first.parent_path() == collected.path());
  CHECK(first.filename() == "artifact_directories__in_the_place_that_is_collected___with_odd_");
  apart::this_test::run_cleanups();
  CHECK(fs::is_directory(first));
  CHECK(apart::this_test::artifact_dir() == first.string() + ".2");
}

TEST_CASE("an artifact directory that cannot be made is an error with the variable's name") {
  const apart::scoped_env variable("TEST_UNDECLARED_OUTPUTS_DIR", "/nowhere/at/all");
  CHECK_THROWS_WITH(apart::this_test::artifact_dir(),
                    Catch::Matchers::ContainsSubstring("(TEST_UNDECLARED_OUTPUTS_DIR=/nowhere/at/all): No such file"));
}

TEST_CASE("a unique name of a test begins with the test's") {
  const std::string name = apart::this_test::unique_name();
  CHECK(name.find("a-unique-name-of-a-test-begins-with-the-test-s-") == 0);
  CHECK(apart::this_test::unique_name("orders").find("orders-") == 0);
}

TEST_CASE("clean-ups are registered from any thread") {
  static std::atomic<int> ran{0};
  SECTION("registered") {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([] {
        for (int n = 0; n < 100; ++n) apart::this_test::on_cleanup([] { ++ran; });
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  SECTION("ran") { CHECK(ran == 800); }
}

TEST_CASE("run_cleanups runs them at once, and throws what all of them threw") {
  static int ran = 0;
  apart::this_test::on_cleanup([] { ++ran; });
  apart::this_test::on_cleanup([] { throw std::runtime_error("one"); });
  apart::this_test::on_cleanup([] { throw std::runtime_error("two"); });
  CHECK_THROWS_WITH(apart::this_test::run_cleanups(), "a clean-up failed: two; a clean-up failed: one");
  CHECK(ran == 1);
  apart::this_test::run_cleanups();
  CHECK(ran == 1);
}
