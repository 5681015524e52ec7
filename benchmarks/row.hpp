#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

/// What a row is held to, see benchmarks/README.md.
struct target {
  const char* judged = "ratio";  ///< "ratio": ours / theirs; "faster": theirs / ours; "ours": ours itself
  const char* bound = "";        ///< "<=" or ">="; "": none
  double value = 0;
  double yardstick = 0;  ///< where ours / theirs is at most this, a target of "ours" is missed by the machine
};
inline target no_target() { return {}; }
inline target ratio_at_most(double value) { return {"ratio", "<=", value}; }
inline target faster_at_least(double value) { return {"faster", ">=", value}; }
inline target ours_at_most(double value, double yardstick) { return {"ours", "<=", value, yardstick}; }

/// The value below which that part of `values` lies, between neighbours in proportion; there is at least one.
inline double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double place = part * static_cast<double>(values.size() - 1);
  const std::size_t below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
}
inline double median(const std::vector<double>& values) { return quantile(values, 0.5); }

/// `text` as JSON.
inline std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

/// One row of the table that benchmarks/run prints: what each repetition of a pair has measured.
class row {
 public:
  row(std::string what, std::string rival, target held_to = no_target(), std::string unit = "s")
      : what_(std::move(what)), rival_(std::move(rival)), held_to_(held_to), unit_(std::move(unit)) {}

  void add(double ours, double theirs) {
    ours_.push_back(ours);
    theirs_.push_back(theirs);
  }

  void print() const {
    if (ours_.empty()) return;
    std::vector<double> judged;
    const std::string kind = held_to_.judged;
    for (std::size_t i = 0; i < ours_.size(); ++i) {
      judged.push_back(kind == "ours" ? ours_[i] : kind == "faster" ? theirs_[i] / ours_[i] : ours_[i] / theirs_[i]);
    }
    std::printf(R"({"row": %s, "rival": %s, "unit": %s, "ours": %.6g, "theirs": %.6g, "judged": "%s", "value": %.6g, )"
                R"("low": %.6g, "high": %.6g, )",
                quoted(what_).c_str(), quoted(rival_).c_str(), quoted(unit_).c_str(), median(ours_), median(theirs_),
                held_to_.judged, median(judged), quantile(judged, 0.25), quantile(judged, 0.75));
    if (*held_to_.bound != '\0') std::printf(R"("bound": "%s", "target": %.6g, )", held_to_.bound, held_to_.value);
    if (held_to_.yardstick > 0) std::printf(R"("yardstick": %.6g, )", held_to_.yardstick);
    std::printf("\"repetitions\": %zu}\n", ours_.size());
    std::fflush(stdout);
  }

 private:
  std::string what_;
  std::string rival_;
  target held_to_;
  std::string unit_;
  std::vector<double> ours_;
  std::vector<double> theirs_;
};

/// How often a pair is measured: so often, but once there are as many as there have to be, three seconds at most.
class row_budget {
 public:
  row_budget(int repetitions, int at_least) : repetitions_(repetitions), at_least_(at_least) {}

  bool has_more(int done) const {
    if (done < at_least_) return true;
    return done < repetitions_ && std::chrono::steady_clock::now() - began_ < std::chrono::seconds(3);
  }

 private:
  int repetitions_;
  int at_least_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// How a cost grows with a size: "flat", "log" or "linear" is expected.
class growth {
 public:
  growth(std::string what, std::string expected) : what_(std::move(what)), expected_(std::move(expected)) {}

  void add(double size, double seconds) { points_.emplace_back(size, seconds); }

  void print() const {
    std::printf(R"({"growth": %s, "unit": "s", "points": [)", quoted(what_).c_str());
    const char* between = "";
    for (const auto& [size, seconds] : points_) {
      std::printf("%s[%.6g, %.6g]", between, size, seconds);
      between = ", ";
    }
    std::printf("], \"expected\": \"%s\"}\n", expected_.c_str());
    std::fflush(stdout);
  }

 private:
  std::string what_;
  std::string expected_;
  std::vector<std::pair<double, double>> points_;
};

/// What this thread has spent, the kernel's part of it, too, in seconds.
inline double thread_seconds() {
  struct timespec spent {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

/// What a call costs this thread.
template <class Function>
double cost_of_once(Function function) {
  const double before = thread_seconds();
  function();
  return thread_seconds() - before;
}

/// What each of `count` calls costs: the median of five rounds.
template <class Function>
double cost_of_each(int count, Function function) {
  std::vector<double> rounds;
  for (int round = 0; round < 5; ++round) {
    rounds.push_back(cost_of_once([&] {
                       for (int i = 0; i < count; ++i) function();
                     }) /
                     count);
  }
  return median(rounds);
}
