#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/file_system.hpp>
#include <apart/detail/host_name.hpp>
#include <apart/detail/one_line.hpp>
#include <apart/launch/detail/xml_text.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/run_record.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Writes what `junit_of` promises.
class junit_writer {
 public:
  explicit junit_writer(const std::vector<run_record>& rounds) {
    totals all;
    for (const run_record& round : rounds) all.add(round);
    xml_.begin("testsuites", {{"name", rounds.empty() ? std::string() : program_of(rounds.front())},
                              {"tests", std::to_string(all.tests)},
                              {"failures", std::to_string(all.failures)},
                              {"errors", std::to_string(all.errors)},
                              {"time", fmt::format("{:.3f}", all.seconds)}});
    for (const run_record& round : rounds) suite(round, round.round > 1 || rounds.size() > 1);
    xml_.end();
  }

  std::string take() { return xml_.take(); }

 private:
  struct totals {
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    double seconds = 0;

    void add(const run_record& round) {
      tests += round.tests.size() + round.never_ran.size();
      errors += round.never_ran.size();
      seconds += seconds_of(round.when);
      for (const test_record& test : round.tests) {
        if (test.crashed) {
          ++errors;
        } else if (test.result != outcome::passed) {
          ++(test.result == outcome::failed ? failures : skipped);
        }
      }
      for (const per_run_record& set_up : round.set_ups) {
        if (set_up.failure.empty()) continue;
        ++tests;
        ++errors;
      }
    }
  };

  static double seconds_of(const time_span& when) {
    return std::max(0.0, std::chrono::duration<double>(when.ended - when.began).count());
  }

  static std::string program_of(const run_record& round) { return round.program.substr(round.program.rfind('/') + 1); }

  static std::string started_at(const run_record& round) {
    return utc_text("%Y-%m-%dT%H:%M:%S", std::chrono::system_clock::to_time_t(round.started));
  }

  void suite(const run_record& round, bool numbered) {
    totals sums;
    sums.add(round);
    const std::string program = program_of(round);
    xml_.begin("testsuite", {{"name", numbered ? fmt::format("{} (round {})", program, round.round) : program},
                             {"tests", std::to_string(sums.tests)},
                             {"failures", std::to_string(sums.failures)},
                             {"errors", std::to_string(sums.errors)},
                             {"skipped", std::to_string(sums.skipped)},
                             {"time", fmt::format("{:.3f}", sums.seconds)},
                             {"timestamp", started_at(round)},
                             {"hostname", host_name()}});
    xml_.begin("properties", {});
    xml_.element("property", {{"name", "seed"}, {"value", std::to_string(round.seed)}}, "");
    xml_.element("property", {{"name", "workers"}, {"value", std::to_string(round.workers)}}, "");
    xml_.end();
    for (const test_record& test : round.tests) {
      begin_case(program, test.name, seconds_of(test.when));
      ending(test);
      if (!test.output.empty()) xml_.element("system-out", {}, test.output);
      xml_.element("system-err", {}, notes_on(test));
      xml_.end();
    }
    for (const std::string& name : round.never_ran) {
      begin_case(program, name, 0);
      problem("error", "never_ran", "", "never ran");
      xml_.end();
    }
    for (const per_run_record& set_up : round.set_ups) {
      if (set_up.failure.empty()) continue;
      const char* const what = set_up.tear_down ? "tear-down" : "set-up";
      begin_case(program, fmt::format("{} of per_run \"{}\"", what, set_up.name), seconds_of(set_up.when));
      problem("error", what, set_up.failure, "failed");
      xml_.end();
    }
    xml_.end();
  }

  void begin_case(std::string_view program, std::string_view name, double seconds) {
    xml_.begin("testcase", {{"name", name}, {"classname", program}, {"time", fmt::format("{:.6f}", seconds)}});
  }

  void ending(const test_record& test) {
    if (test.crashed) {
      problem("error", "crash", test.why, "crashed");
    } else if (test.result == outcome::failed) {
      problem("failure", "failure", test.why, "failed");
    } else if (test.result == outcome::skipped) {
      const std::string_view line = first_line(test.why);
      line.empty() ? xml_.element("skipped", {}, "") : xml_.element("skipped", {{"message", line}}, test.why);
    }
  }

  /// `unsaid`: what it says where `why` says nothing.
  void problem(const char* element, std::string_view type, std::string_view why, std::string_view unsaid) {
    const std::string_view line = first_line(why);
    xml_.element(element, {{"message", line.empty() ? unsaid : line}, {"type", type}}, line.empty() ? unsaid : why);
  }

  /// That is not blank; "" where all are.
  static std::string_view first_line(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text.substr(0, text.find_first_of("\r\n"));
  }

  static std::string notes_on(const test_record& test) {
    std::string notes = fmt::format("worker {}\n", test.worker);
    for (const wait_record& wait : test.waits) {
      notes += fmt::format("waited {:.3f} s for {}\n", seconds_of(wait.when), one_line(wait.what));
    }
    for (const std::string& process : test.left_running) notes += fmt::format("left running: {}\n", one_line(process));
    return notes;
  }

  xml_writer xml_;
};

}  // namespace detail

/// A report of the rounds of a run as JUnit XML: valid by the schema of Jenkins (junit-10.xsd of its xunit plugin), and
/// what GitLab shows stands where it looks for it.
///
/// A suite for each round; in it a case for each test, ended or not, and for each set-up or tear-down that failed, as
/// no reader looks for errors of a suite. Crashes and what never ran are errors, not failures. `why` is the text of
/// the element, its first line the message.
///
/// All output of a test, however long, is its `system-out`. The schema has no properties of a test, so what the
/// launcher knows of it (the worker, the waits, the processes that it left running) is its `system-err`, a line each:
/// that is free, since a test's stderr is in one stream with its stdout. Bytes may be any, see `detail::append_xml`.
inline std::string junit_of(const std::vector<run_record>& rounds) { return detail::junit_writer(rounds).take(); }

APART_END_NAMESPACE
