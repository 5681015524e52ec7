// The suite of GoogleTest that the tests of launch/gtest_main run in many ways. What misbehaves is asked for by the driver's
// mode, or by a filter.

#include <apart/adapter/gtest.hpp>
#include <apart/adapter/test_tag.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include <apart/context/context.hpp>
#include <apart/process/initializer.hpp>
#include <apart/run/per_run.hpp>
#include <apart/test/per_test.hpp>
#include <apart/test/this_test.hpp>

#include "launch/subject/server.hpp"

#include <sys/wait.h>
#include <unistd.h>

namespace {

bool environment_is_there = false;

class environment : public ::testing::Environment {
  void SetUp() override {
    environment_is_there = true;
    note("environment set up");
    if (driver_asks_for("environment fails")) FAIL() << "no server answers";
    if (driver_asks_for("environment skips")) GTEST_SKIP() << "no server here";
  }
  void TearDown() override {
    environment_is_there = false;
    note("environment torn down");
    EXPECT_FALSE(driver_asks_for("environment does not stop"));
  }
};
[[maybe_unused]] const auto* const registered = ::testing::AddGlobalTestEnvironment(new environment);

/// What the framework does before the first test of a list.
class listener : public ::testing::EmptyTestEventListener {
  void OnEnvironmentsSetUpStart(const ::testing::UnitTest&) override {
    if (driver_asks_for("choosing takes time")) std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
};
[[maybe_unused]] const bool listens = (::testing::UnitTest::GetInstance()->listeners().Append(new listener), true);

struct process_name {
  process_name() { note("static object"); }
};

/// What a test of GoogleTest is called.

}  // namespace

// The good ones.

#define SUITE(suite)                                               \
  struct suite : ::testing::Test {                                 \
    static void SetUpTestSuite() { note("set up " #suite); }       \
    static void TearDownTestSuite() { note("torn down " #suite); } \
  };                                                               \
  TEST_F(suite, One) {                                             \
    EXPECT_TRUE(environment_is_there);                             \
    note("ran " + name());                                         \
  }                                                                \
  TEST_F(suite, Two) {                                             \
    note("ran " + name());                                         \
    EXPECT_EQ(name(), #suite ".Two");                              \
    std::printf("printed by a passing test\n");                    \
  }                                                                \
  TEST_F(suite, Three) { note("ran " + name()); }
SUITE(GoodA)
SUITE(GoodB)
SUITE(GoodC)
SUITE(GoodD)

class GoodNumbers : public ::testing::TestWithParam<int> {};
TEST_P(GoodNumbers, AreRun) { note("ran " + name()); }
INSTANTIATE_TEST_SUITE_P(GoodFrom0, GoodNumbers, ::testing::Range(0, 5));
INSTANTIATE_TEST_SUITE_P(GoodNamed, GoodNumbers, ::testing::Values(7),
                         [](const auto&) { return std::string("seven_of_them"); });

template <class T>
class GoodTypes : public ::testing::Test {};
struct odd_names {
  template <class T>
  static std::string GetName(int number) {
    return "std::pair<int, char*>-" + std::to_string(number);
  }
};
using two_types = ::testing::Types<int, char>;
TYPED_TEST_SUITE(GoodTypes, two_types, odd_names);
TYPED_TEST(GoodTypes, AreRun) { note("ran " + name()); }

TEST(GoodServer, IsThere) {
  EXPECT_EQ(*server, "address");
  note("ran " + name());
}
TEST(GoodServer, IsThereStill) {
  EXPECT_TRUE(environment_is_there);
  EXPECT_EQ(*server, "address");
  note("ran " + name());
}

TEST(GoodButSkipped, HasNoServer) {
  apart::this_test::on_cleanup([] { note("cleaned up after a skip"); });
  GTEST_SKIP() << "no server here";
}

TEST(DISABLED_Good, IsRunOnDemand) { note("ran " + name()); }
TEST(GoodPartly, DISABLED_IsRunOnDemand) { note("ran " + name()); }

class made_at_run_time : public ::testing::Test {
 public:
  void TestBody() override { note("ran " + name()); }
};
[[maybe_unused]] const bool more = [] {
  for (const char* test : {"a name: with, \"quotes\", *, - and \\", "\xc3\xa4\xc3\xb6\xc3\xbc"}) {
    ::testing::RegisterTest("GoodAtRunTime", test, nullptr, nullptr, __FILE__, __LINE__,
                            [] { return new made_at_run_time; });
  }
  return true;
}();

const apart::test_tag alone("GoodSerial.*", "serial");
TEST(GoodSerial, One) { note("ran " + name()); }
TEST(GoodSerial, Two) { note("ran " + name()); }

// Those that are asked for.

TEST(Fails, Once) {
  std::printf("printed before the failure\n");
  EXPECT_EQ(1, 2);
}
TEST(Fails, ByAnException) { throw std::runtime_error("thrown by the test"); }
TEST(Fails, Name) { FAIL(); }

#define DIES(test, how)   \
  TEST(Dies, test) {      \
    note("began " #test); \
    how;                  \
  }
TEST(Dies, BeforeThat) { note("ran " + name()); }
DIES(WithExit0, ::_exit(0))
DIES(WithAbort, std::abort())
DIES(Killed, ::raise(SIGKILL))
TEST(Dies, BehindThat) { note("ran " + name()); }

struct SetUpFails : ::testing::Test {
  static void SetUpTestSuite() { FAIL() << "the suite has no table"; }
};
TEST_F(SetUpFails, One) { note("ran " + name()); }
TEST_F(SetUpFails, Two) { note("ran " + name()); }

struct TearDownFails : ::testing::Test {
  static void TearDownTestSuite() { FAIL() << "the table is still there"; }
};
TEST_F(TearDownFails, One) {}
TEST_F(TearDownFails, Two) {}

struct TearDownDies : ::testing::Test {
  static void TearDownTestSuite() { std::abort(); }
};
TEST_F(TearDownDies, One) {}
TEST_F(TearDownDies, Two) {}

TEST(WithDeathTest, OfEitherStyle) {
  for (const char* style : {"fast", "threadsafe"}) {
    GTEST_FLAG_SET(death_test_style, style);
    EXPECT_EXIT(
        {
          std::fprintf(stderr, "initialized\n");
          std::exit(3);
        },
        ::testing::ExitedWithCode(3), "initialized");
    EXPECT_DEATH(std::abort(), "");
  }
  note("ran " + name());
}

struct fixture : ::testing::Test {
  ~fixture() override { note("fixture is gone"); }
};
struct CleanUps : fixture {};
TEST_F(CleanUps, RunWhenTheFixtureIsGone) {
  apart::this_test::on_cleanup([] { note("clean-up"); });
}
struct CleanUpsOfFixture : apart::gtest_fixture<fixture> {};
TEST_F(CleanUpsOfFixture, RunBeforeIt) {
  apart::this_test::on_cleanup([] { note("clean-up"); });
}
TEST(CleanUpFails, AndSoDoesTheTest) {
  apart::this_test::on_cleanup([] { throw std::runtime_error("the clean-up is broken"); });
}

TEST(Forks, AndTheChildComesBack) {
  const pid_t child = ::fork();
  if (child == 0) {
    EXPECT_EQ(1, 2);
    return;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  note("ran " + name());
}
TEST(Forks, AndThisOneRunsOnce) { note("ran " + name()); }

TEST(Waits, ForTheEndOfItsContext) {
  apart::this_test::on_cleanup([] { note("cleaned up after: " + apart::context::process().cause()); });
  note("waiting");
  apart::this_test::ctx().wait();
}
TEST(Waits, Too) { note("ran " + name()); }

const apart::test_tag one_at_once("Grouped.*", "group:table:1");
#define GROUPED(test)                               \
  TEST(Grouped, test) {                             \
    note("in the group");                           \
    for (int i = 0; i < 1000; ++i) ::sched_yield(); \
    note("out of the group");                       \
  }
GROUPED(One)
GROUPED(Two)
GROUPED(Three)
