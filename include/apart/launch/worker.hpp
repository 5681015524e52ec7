#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/reaper.hpp>
#include <apart/detail/wire.hpp>
#include <apart/launch/detail/left_running.hpp>
#include <apart/launch/detail/test_clock.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/run_record.hpp>

APART_BEGIN_NAMESPACE

/// One worker of a run, seen from the launcher: its process, which a new one replaces, and the tests that it was given.
struct worker_of_crew {
  worker_of_crew(unsigned number, const launch_options& options)
      : index(number),
        tests_have_a_limit(options.timeout.has_value()),
        clock(options.timeout.value_or(launch_options::for_ever), options.slow) {}

  const unsigned index;
  const bool tests_have_a_limit;
  member process;
  detail::process_number started_as = 0;  ///< its process, also once that has ended
  std::deque<std::size_t> given;          ///< the first is the one that it runs
  detail::test_clock clock;               ///< of that one
  std::uint64_t shown = 0;                ///< where in its output that one begins
  bool greeted = false;
  bool asks = false;     ///< for tests, and has got none yet
  bool has_run = false;  ///< a test, in this process
  bool stopping = false;

  bool idle() const noexcept { return process.alive() && asks && !stopping; }

  const char* where_no_test_runs() const noexcept {
    return stopping ? "after its last test" : greeted ? "between two tests" : "before its first test";
  }

  void start(member_starter& starter, std::uint32_t seed) {
    process = starter.start_worker(index);
    started_as = process.pid;
    shown = 0;
    greeted = asks = has_run = stopping = false;
    process.work.post(detail::wire_writer(detail::message::begin).number(seed).number(tests_have_a_limit ? 1 : 0));
  }

  void stop() {
    stopping = true;
    process.work.post(detail::wire_writer(detail::message::stop));
  }

  void run(const std::vector<std::size_t>& tests, bool until_one_fails) {
    asks = false;
    has_run = true;
    given.assign(tests.begin(), tests.end());
    clock.start(std::chrono::steady_clock::now());
    detail::wire_writer order(detail::message::run);
    order.number(until_one_fails ? 1 : 0).number(tests.size());
    for (const std::size_t index_of_test : tests) order.number(index_of_test);
    process.work.post(std::move(order));
  }

  /// What it was given and has not begun.
  void give_back(plan& tests) {
    for (; !given.empty(); given.pop_back()) tests.give_back(given.back());
    clock.stop();
  }

  /// The first of what it was given has ended.
  void drop_first() {
    given.pop_front();
    given.empty() ? clock.stop() : clock.start(std::chrono::steady_clock::now());
  }
};

namespace detail {

/// What a worker tells of the end of a test, behind the index.
struct finished_message {
  test_record test;
  time_span longest_body;
  std::uint64_t output_begins;
  std::uint64_t output_ends;
  bool left_are_its_own;  ///< what the worker's process has started meanwhile may be the process's, not the test's

  static finished_message read(wire_reader& told, const std::string& name, unsigned worker) {
    finished_message read{{name, outcome_in(told), false, worker, {}, {}, {}}, {}, 0, 0, false};
    read.test.when.began = told.moment();
    read.test.when.ended = told.moment();
    read.longest_body.began = told.moment();
    read.longest_body.ended = told.moment();
    read.output_begins = told.number();
    read.output_ends = told.number();
    read.test.why = told.text();
    read.left_are_its_own = told.number() != 0;
    for (std::uint64_t left = told.number(); left > 0; --left) read.test.left_running.push_back(told.text());
    for (std::uint64_t left = told.number(); left > 0; --left) {
      wait_record wait{told.text(), {}};
      wait.when.began = told.moment();
      wait.when.ended = told.moment();
      read.test.waits.push_back(std::move(wait));
    }
    return read;
  }

 private:
  static outcome outcome_in(wire_reader& told) {
    const std::uint64_t number = told.number();
    if (number > static_cast<std::uint64_t>(outcome::skipped))
      raise(error("a worker told of a test's end, but not how"));
    return static_cast<outcome>(number);
  }
};

/// The first place where the list that a worker tells is another one than what was planned, in words, and what to do.
inline std::string difference_of(wire_reader& told, const std::vector<planned_test>& expected) {
  std::vector<std::string> theirs;
  for (std::uint64_t left = told.number(); left > 0; --left) theirs.push_back(told.text());
  std::size_t at = 0;
  while (at < theirs.size() && at < expected.size() && theirs[at] == expected[at].name) ++at;
  return fmt::format(
      "number {} is {} there and {} here; give tests names and an order that are the same in every process", at + 1,
      at < theirs.size() ? '"' + theirs[at] + '"' : "missing",
      at < expected.size() ? '"' + expected[at].name + '"' : "missing");
}

}  // namespace detail
APART_END_NAMESPACE
