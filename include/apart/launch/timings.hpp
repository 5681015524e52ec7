#pragma once

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/detail/atomic_write.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/one_line.hpp>
#include <apart/error.hpp>
#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// By "<program> <name>", a tab between them. Times of a year and more are none.
inline std::map<std::string, std::chrono::microseconds> parse_timings(std::string_view text) {
  constexpr long long longest = std::chrono::microseconds(std::chrono::hours(24 * 365)).count();
  std::map<std::string, std::chrono::microseconds> times;
  while (!text.empty()) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    char* end = nullptr;
    const long long took = std::strtoll(line.c_str(), &end, 10);
    const std::string_view test = std::string_view(end).substr(*end == '\t' ? 1 : 0);
    if (took > 0 && took < longest && *end == '\t' && test.find('\t') != std::string_view::npos) {
      times[std::string(test)] = std::chrono::microseconds(took);
    }
  }
  return times;
}

}  // namespace detail

/// How long tests took when they last ran, in a file between runs: what took longest then is run first, so that no long
/// test begins when all others have ended. It decides the order and nothing else.
///
/// The file: a line for each test, "<microseconds> <program> <name>", a tab between them, for any number of programs. Lines
/// that are no such are ignored, tests that are not in this run are kept. Replaced as a whole; of two
/// runs that end at the same moment the times of one may be lost.
class timings {
 public:
  /// `path`: of the file; empty: there is none, and nothing is known.
  timings(std::string path, std::string_view program) : path_(std::move(path)) {
    prefix_ = detail::one_line(std::string(program.substr(program.rfind('/') + 1))) + '\t';
    if (!path_.empty()) read();
  }

  /// For each test; zero: not known.
  std::vector<std::chrono::microseconds> of(const std::vector<planned_test>& tests) const {
    std::vector<std::chrono::microseconds> known;
    for (const planned_test& test : tests) {
      const auto found = times_.find(key(test.name));
      known.push_back(found != times_.end() ? found->second : std::chrono::microseconds(0));
    }
    return known;
  }

  void note(const std::string& test, std::chrono::nanoseconds took) {
    if (path_.empty()) return;
    noted_[key(test)] = std::chrono::duration_cast<std::chrono::microseconds>(took) + std::chrono::microseconds(1);
  }

  /// What another run has written meanwhile stays.
  detail::fault write() {
    if (noted_.empty()) return {};
    read();
    std::string text;
    for (const auto& [test, took] : noted_) times_[test] = took;
    for (const auto& [test, took] : times_) text += std::to_string(took.count()) + '\t' + test + '\n';
    detail::descriptor file;
    return detail::system_fault(detail::atomic_write(path_, path_, detail::existing_file::is_replaced, text, file),
                                "APART_TIMINGS: cannot write '" + path_ + "'");
  }

 private:
  std::string key(const std::string& test) const { return prefix_ + detail::one_line(test); }

  void read() {
    std::string text;
    if (detail::read_file(path_, text) != 0) return;
    for (auto& [test, took] : detail::parse_timings(text)) times_[test] = took;
  }

  std::string path_;
  std::string prefix_;
  std::map<std::string, std::chrono::microseconds> times_;
  std::map<std::string, std::chrono::microseconds> noted_;
};

APART_END_NAMESPACE
