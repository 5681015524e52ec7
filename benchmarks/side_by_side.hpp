#pragma once

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "row.hpp"

/// Ours beside its rival, measured turn by turn by Google Benchmark: ours, its rival, its rival, ours, and so on, so that
/// what else the machine does meets both. What counts is the time of the thread that calls, the kernel's part of it, too:
/// not that another process had the core, or that the disk was busy. Prints a row for each pair.
class side_by_side {
 public:
  /// Each function is called once in an iteration. `threads`: how many call it at the same time.
  template <class Ours, class Rival>
  void compare(target held_to, const std::string& ours_name, Ours ours, const std::string& rival_name, Rival rival,
               int threads = 1) {
    const std::string what = threads == 1 ? ours_name : ours_name + ", " + std::to_string(threads) + " threads";
    pairs_.push_back({what, rival_name, held_to, each_time(ours), each_time(rival), threads, false});
  }

  /// How many times longer a call takes where two threads make it at the same time: ours beside the rival.
  template <class Ours, class Rival>
  void compare_scaling(target held_to, const std::string& ours_name, Ours ours, const std::string& rival_name,
                       Rival rival) {
    pairs_.push_back({ours_name, rival_name, held_to, each_time(ours), each_time(rival), 2, true});
  }

  /// The same for functions that take what another one made; that it is made, and destroyed afterwards, does not count.
  template <class PrepareOurs, class Ours, class PrepareRivals, class Rival>
  void compare_prepared(target held_to, const std::string& ours_name, PrepareOurs prepare_ours, Ours ours,
                        const std::string& rival_name, PrepareRivals prepare_rivals, Rival rival) {
    pairs_.push_back({ours_name, rival_name, held_to, each_time_prepared(prepare_ours, ours),
                      each_time_prepared(prepare_rivals, rival), 1, false});
  }

  /// The whole of main(). Options: --repetitions=N, --only=TEXT (in the name of the row), and those of Google Benchmark.
  int run(int argc, char** argv) {
    std::vector<std::string> arguments{argv[0], "--benchmark_min_time=0.01"};
    std::string only;
    int repetitions = 21;
    for (int i = 1; i < argc; ++i) {
      const std::string argument = argv[i];
      if (argument.rfind("--only=", 0) == 0) {
        only = argument.substr(7);
      } else if (argument.rfind("--repetitions=", 0) == 0) {
        repetitions = std::max(1, std::atoi(argument.c_str() + 14));
      } else {
        arguments.push_back(argument);
      }
    }
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    int count = static_cast<int>(pointers.size());
    benchmark::Initialize(&count, pointers.data());
    if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
    for (const pair& each : pairs_) {
      if (each.what.find(only) != std::string::npos) measure(each, repetitions);
    }
    return 0;
  }

 private:
  using loop = std::function<void(benchmark::State&)>;
  struct pair {
    std::string what;
    std::string rival;
    target held_to;
    loop ours;
    loop rivals;
    int threads;
    bool scaling;
  };

  /// Collects how long an iteration took, in seconds, and how many there were.
  class last_run : public benchmark::BenchmarkReporter {
   public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
      for (const Run& run : runs) {
        seconds = run.GetAdjustedCPUTime() * 1e-9;
        iterations = run.iterations / run.threads;
      }
    }
    double seconds = 0;
    benchmark::IterationCount iterations = 0;
  };

  /// One of the functions that take turns. The first run, which finds how many iterations fill the time, warms up.
  class contestant {
   public:
    contestant(std::string name, const loop& function, int threads) : name_(std::move(name)) {
      registered_ = benchmark::RegisterBenchmark(name_.c_str(), function);
      registered_->Threads(threads);
      run();
      registered_->Iterations(shown_.iterations);
    }
    double run() {
      benchmark::RunSpecifiedBenchmarks(&shown_, '^' + name_ + "(/|$)");
      return shown_.seconds;
    }

   private:
    std::string name_;
    benchmark::internal::Benchmark* registered_;
    last_run shown_;
  };

  template <class Function>
  static loop each_time(Function function) {
    return [function](benchmark::State& state) {
      for (auto _ : state) function();
    };
  }
  template <class Prepare, class Function>
  static loop each_time_prepared(Prepare prepare, Function function) {
    return [prepare, function](benchmark::State& state) {
      for (auto _ : state) {
        state.PauseTiming();
        {
          auto prepared = prepare();
          state.ResumeTiming();
          function(prepared);
          state.PauseTiming();
        }
        state.ResumeTiming();
      }
    };
  }

  static void measure(const pair& each, int repetitions) {
    benchmark::ClearRegisteredBenchmarks();
    contestant ours("ours", each.ours, each.threads);
    contestant rivals("rivals", each.rivals, each.threads);
    row shown(each.what, each.rival, each.held_to, each.scaling ? "x" : "s");
    const row_budget budget(repetitions, 5);
    if (each.scaling) {
      contestant ours_alone("ours_alone", each.ours, 1);
      contestant rivals_alone("rivals_alone", each.rivals, 1);
      for (int i = 0; budget.has_more(i); ++i) {
        const double mine = ours.run() / ours_alone.run();
        shown.add(mine, rivals.run() / rivals_alone.run());
      }
    } else {
      for (int i = 0; budget.has_more(i); ++i) {
        double theirs = i % 2 == 0 ? 0 : rivals.run();
        const double mine = ours.run();
        if (i % 2 == 0) theirs = rivals.run();
        shown.add(mine, theirs);
      }
    }
    shown.print();
  }

  std::vector<pair> pairs_;
};
