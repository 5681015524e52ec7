#pragma once

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

/// Ours beside its rival, measured turn by turn in one run by Google Benchmark. What is printed is the median of each
/// and their ratio, which alone means something on a shared machine.
class side_by_side {
 public:
  /// Each function is called once in an iteration. `threads`: how many call it at the same time.
  template <class Ours, class Rival>
  void compare(const std::string& ours_name, Ours ours, const std::string& rival_name, Rival rival, int threads = 1) {
    const std::string suffix = threads == 1 ? "" : " (" + std::to_string(threads) + " threads)";
    pairs_.emplace_back(ours_name + suffix, rival_name + suffix);
    add(ours_name + suffix, threads, each_time(ours));
    add(rival_name + suffix, threads, each_time(rival));
  }

  /// The same for functions that take what another one made, whose time does not count.
  template <class PrepareOurs, class Ours, class PrepareRivals, class Rival>
  void compare_prepared(const std::string& ours_name, PrepareOurs prepare_ours, Ours ours,
                        const std::string& rival_name, PrepareRivals prepare_rivals, Rival rival) {
    pairs_.emplace_back(ours_name, rival_name);
    add(ours_name, 1, each_time_prepared(prepare_ours, ours));
    add(rival_name, 1, each_time_prepared(prepare_rivals, rival));
  }

  /// The whole of main(). Takes the options of Google Benchmark.
  int run(int argc, char** argv) {
    std::vector<std::string> arguments{argv[0], "--benchmark_repetitions=9", "--benchmark_min_time=0.05",
                                       "--benchmark_enable_random_interleaving=true"};
    arguments.insert(arguments.end(), argv + 1, argv + argc);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    int count = static_cast<int>(pointers.size());
    benchmark::Initialize(&count, pointers.data());
    if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
    medians shown;
    benchmark::RunSpecifiedBenchmarks(&shown);
    for (const auto& [ours, rival] : pairs_) print(shown, ours, rival);
    return 0;
  }

 private:
  /// Collects the medians, in nanoseconds.
  class medians : public benchmark::BenchmarkReporter {
   public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
      for (const Run& run : runs) {
        if (run.aggregate_name == "median") of[run.run_name.function_name] = run.GetAdjustedRealTime();
      }
    }
    std::map<std::string, double> of;
  };

  template <class Function>
  static auto each_time(Function function) {
    return [function](benchmark::State& state) {
      for (auto _ : state) function();
    };
  }
  template <class Prepare, class Function>
  static auto each_time_prepared(Prepare prepare, Function function) {
    return [prepare, function](benchmark::State& state) {
      for (auto _ : state) {
        state.PauseTiming();
        auto prepared = prepare();
        state.ResumeTiming();
        function(prepared);
      }
    };
  }

  template <class Loop>
  void add(const std::string& name, int threads, Loop loop) {
    if (added_.insert({name, true}).second)
      benchmark::RegisterBenchmark(name.c_str(), loop)->Threads(threads)->UseRealTime();
  }

  static void print(const medians& shown, const std::string& ours, const std::string& rival) {
    if (shown.of.count(ours) == 0 || shown.of.count(rival) == 0) return;
    const double mine = shown.of.at(ours);
    const double theirs = shown.of.at(rival);
    std::printf("%-46s %10.1f ns   %-46s %10.1f ns   ratio %.3f\n", ours.c_str(), mine, rival.c_str(), theirs,
                mine / theirs);
  }

  std::vector<std::pair<std::string, std::string>> pairs_;
  std::map<std::string, bool> added_;
};
