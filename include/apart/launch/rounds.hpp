#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/file_system.hpp>
#include <apart/detail/random.hpp>
#include <apart/launch/console.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/junit.hpp>
#include <apart/launch/launcher.hpp>
#include <apart/launch/machines.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/run_record.hpp>
#include <apart/launch/run_watch.hpp>
#include <apart/launch/timeline.hpp>

APART_BEGIN_NAMESPACE

/// All that a command line asks of the launcher: one run of the tests, or several (`--repeat`, `--until-it-fails`), and the
/// reports of them. A further round has processes and set-ups of its own, and another seed unless one is given. A report
/// that cannot be written is an `apart::error` before the first test; its file is empty until the last round has ended.
class rounds {
 public:
  rounds(framework& tests, const launch_options& options) : tests_(tests), options_(options) {
    for (const auto& [option, path] :
         {std::pair("--junit", options.junit), std::pair("--timeline", options.timeline)}) {
      if (const detail::fault refused = write(option, path, {})) detail::raise(error(refused.text));
    }
  }

  exit_code run() {
    exit_code worst = exit_code::passed;
    const unsigned most =
        options_.until_it_fails && options_.rounds == 0 ? launch_options::max_count : std::max(options_.rounds, 1U);
    unsigned failed = 0;
    unsigned round = 1;
    for (bool go_on = true; go_on; ++round) {
      if (!options_.one_round()) detail::print_text(stdout, fmt::format("round {}\n", round));
      run_record* const record = record_of(round);
      launcher one(tests_, options_, seed(), watch_, record, others_.get());
      const exit_code ended = one.run();
      worst = worse_of(worst, ended);
      failed += ended == exit_code::passed ? 0 : 1;
      const bool due = round < most && ended != exit_code::no_test_selected &&
                       !(options_.until_it_fails && ended != exit_code::passed);
      if (due && watch_.stopped()) worst = worse_of(worst, exit_code::incomplete);
      go_on = due && !watch_.stopped();
    }
    if (!options_.one_round()) {
      detail::print_text(stdout, fmt::format("{} of {} rounds failed\n", failed, round - 1));
    }
    report("--junit", options_.junit, junit_of);
    report("--timeline", options_.timeline, timeline_of);
    return worst;
  }

 private:
  bool reports() const noexcept { return !options_.junit.empty() || !options_.timeline.empty(); }

  run_record* record_of(unsigned round) {
    if (!reports()) return nullptr;
    records_.emplace_back().round = round;
    return &records_.back();
  }

  std::uint32_t seed() const { return others_ != nullptr ? others_->seed(own_seed()) : own_seed(); }

  std::uint32_t own_seed() const {
    if (options_.seed) return *options_.seed;
    const bool as_told = (options_.one_round() && !options_.shuffle) || tests_.seed_is_given();
    return as_told ? tests_.seed() : static_cast<std::uint32_t>(detail::random_bits());
  }

  static exit_code worse_of(exit_code one, exit_code other) noexcept {
    for (const exit_code code : {exit_code::usage, exit_code::set_up_failed, exit_code::incomplete, exit_code::failed,
                                 exit_code::no_test_selected}) {
      if (one == code || other == code) return code;
    }
    return exit_code::passed;
  }

  template <class ReportOf>
  void report(const char* option, const std::string& path, ReportOf report_of) const {
    if (path.empty()) return;
    detail::report(write(option, path, report_of(records_)));
  }

  static detail::fault write(const char* option, const std::string& path, const std::string& text) {
    if (path.empty()) return {};
    return detail::system_fault(detail::overwrite_file(path, text), fmt::format("{}: cannot write '{}'", option, path));
  }

  framework& tests_;
  const launch_options& options_;
  run_watch watch_{options_.run_timeout};
  std::vector<run_record> records_;
  const std::unique_ptr<machines> others_ = machines::of_this_run(options_);
};

APART_END_NAMESPACE
