#include <apart/process/worker.hpp>

#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"
#include "support/launched.hpp"

namespace {

using apart::this_worker;
using apart::worker;
using support::contains;

using variable = std::optional<std::string>;

void set(const char* name, const variable& value) {
  if (value) {
    ::setenv(name, value->c_str(), 1);
  } else {
    ::unsetenv(name);
  }
}

/// The environment as a test wants it. Each test that reads it sets it.
void tell(const variable& run_id, const variable& index, const variable& count) {
  set("APART_RUN_ID", run_id);
  set("APART_WORKER", index);
  set("APART_WORKERS", count);
}

const variable unset = std::nullopt;

std::string failure() {
  return support::error_of([] { static_cast<void>(apart::detail::read_worker()); });
}

std::string described(const worker& one) {
  return one.run_id + " " + std::to_string(one.index) + "/" + std::to_string(one.count) + " " + one.source;
}

}  // namespace

TEST_CASE("a process that nobody numbered is 0 of 1 in a run of its own") {
  tell(unset, unset, unset);
  const worker one = apart::detail::read_worker();
  CHECK(one.index == 0);
  CHECK(one.count == 1);
  CHECK(one.source == "alone");
  CHECK(one.run_id.size() == 16);
  CHECK(apart::detail::read_worker().run_id != one.run_id);
}

TEST_CASE("the environment tells the run and the place in it") {
  tell("nightly 7/\xc3\xa4", "2", "4");
  CHECK(described(apart::detail::read_worker()) == "nightly 7/\xc3\xa4 2/4 environment");
  tell("run", unset, unset);
  CHECK(described(apart::detail::read_worker()) == "run 0/1 environment");
  tell("run", "0", "1");
  CHECK(described(apart::detail::read_worker()) == "run 0/1 environment");
  tell("run", "4294967294", "4294967295");
  CHECK(described(apart::detail::read_worker()) == "run 4294967294/4294967295 environment");
}

TEST_CASE("without a run id the process is a run of its own") {
  tell(unset, "1", "2");
  const worker one = apart::detail::read_worker();
  CHECK(one.run_id.size() == 16);
  CHECK(one.source == "environment");
  CHECK(apart::detail::read_worker().run_id != one.run_id);
}

TEST_CASE("a variable that is malformed or contradicts another is an error that names it and its value") {
  tell("run", "1", unset);
  CHECK(contains(failure(), "APART_WORKER='1' stands without APART_WORKERS"));
  tell("run", unset, "4");
  CHECK(contains(failure(), "APART_WORKERS='4' stands without APART_WORKER:"));
  tell("run", "4", "4");
  CHECK(contains(failure(), "APART_WORKER='4' is not below APART_WORKERS='4'"));
  tell("run", "0", "0");
  CHECK(contains(failure(), "APART_WORKERS='0'"));
  tell("", "0", "1");
  CHECK(contains(failure(), "APART_RUN_ID='' is empty"));
  for (const char* junk : {"", "-1", "+1", " 1", "1 ", "1x", "x", "0x1", "1.0", "99999999999", "4294967296"}) {
    tell("run", junk, "4");
    CHECK(contains(failure(), "APART_WORKER='" + std::string(junk) + "'"));
    tell("run", "0", junk);
    CHECK(contains(failure(), "APART_WORKERS='" + std::string(junk) + "'"));
  }
}

TEST_CASE("a process reads its place once, whatever becomes of the environment, and its forked child has the same") {
  const support::ended said = support::in_child([](int output) {
    tell("first", "1", "2");
    std::string report = described(this_worker()) + "\n";
    tell("second", "0", "junk");
    report += described(this_worker()) + "\n";
    report += support::in_child([](int inner) { support::write_all(inner, described(this_worker())); }).output;
    support::write_all(output, report);
  });
  CHECK(said.output == "first 1/2 environment\nfirst 1/2 environment\nfirst 1/2 environment");
}

TEST_CASE("a place that could not be read is an error each time, and read when it is corrected") {
  const support::ended said = support::in_child([](int output) {
    tell("run", "1", unset);
    const auto ask = [] { static_cast<void>(this_worker()); };
    const std::string once = support::error_of(ask);
    if (once.empty() || once != support::error_of(ask)) std::abort();
    tell("run", "1", "2");
    support::write_all(output, described(this_worker()));
  });
  CHECK(said.output == "run 1/2 environment");
}

TEST_CASE("threads that ask at the same time get one answer") {
  for (int round = 0; round < 20; ++round) {
    const support::ended said = support::in_child([](int output) {
      tell(unset, unset, unset);
      std::vector<std::thread> asking;
      std::vector<const worker*> got(8);
      for (const worker*& one : got) asking.emplace_back([&one] { one = &this_worker(); });
      for (std::thread& thread : asking) thread.join();
      for (const worker* one : got) {
        if (one != got[0]) std::abort();
      }
      support::write_all(output, got[0]->source);
    });
    REQUIRE(said.output == "alone");
  }
}

TEST_CASE("a worker and the keeper of a launcher say so") {
  for (const char role : {'w', 'k'}) {
    const support::ended said = support::in_child([role](int output) {
      tell("run", "1", "2");
      support::become_launched("says where it is", output, role, 3, 4);
    });
    CHECK(said.output == (role == 'w' ? "run 1/2 launcher" : "run 1/2 keeper"));
  }
}

TEST_CASE("a program that a launcher's worker starts is not that worker's equal") {
  const support::ended said = support::in_child([](int output) {
    tell("run", "1", "2");
    support::become_launched("says where it is", output, 'w', 3, 4, ::getppid());
  });
  CHECK(said.output == "run 1/2 environment");
}

TEST_CASE("says where it is", "[.][self]") {
  if (support::output_of_self() < 0) return;
  support::write_all(support::output_of_self(), described(this_worker()));
}
