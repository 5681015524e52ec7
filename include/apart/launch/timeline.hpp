#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/launch/detail/json_text.hpp>
#include <apart/launch/detail/timeline_page.hpp>
#include <apart/launch/run_record.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The data of the page, as JSON. Times are microseconds from the beginning of their round; what is as usual is left
/// out: that a test passed, that it printed nothing. What reads it is timeline_script.hpp.
class timeline_data {
 public:
  static std::string of(const std::vector<run_record>& rounds) {
    timeline_data data(most_output(rounds));
    data.list(rounds, [&](const run_record& round) { data.add(round); });
    return std::move(data.json_);
  }

 private:
  static constexpr std::size_t output_of_a_test = std::size_t{64} << 10;
  static constexpr std::size_t output_of_all = std::size_t{64} << 20;

  explicit timeline_data(std::size_t limit) : limit_(limit) {}

  /// How many bytes of a test's output are kept: of few tests more than of many, so that a browser can read the page.
  static std::size_t most_output(const std::vector<run_record>& rounds) {
    const auto kept_of_all = [&](std::size_t limit) {
      std::size_t kept = 0;
      for (const run_record& round : rounds) {
        for (const test_record& test : round.tests) kept += std::min(limit, test.output.size());
      }
      return kept;
    };
    std::size_t limit = output_of_a_test;
    while (limit > 256 && kept_of_all(limit) > output_of_all) limit /= 2;
    return limit;
  }

  void add(const run_record& round) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    began_ = round.when.began;
    json_ += "{\"program\":";
    append_json_text(json_, round.program);
    number("seed", round.seed);
    number("workers", round.workers);
    number("round", round.round);
    number("started", duration_cast<milliseconds>(round.started.time_since_epoch()).count());
    number("took", microseconds_to(round.when.ended));
    list("tests", round.tests, [&](const test_record& test) { add(test); });
    list("set_ups", round.set_ups, [&](const per_run_record& set_up) { add(set_up); });
    list("never_ran", round.never_ran, [&](const std::string& name) { append_json_text(json_, name); });
    json_ += "}\n";
  }

  void add(const test_record& test) {
    named(test.name, test.when);
    number("worker", test.worker);
    if (test.result != outcome::passed) text("result", test.result == outcome::failed ? "failed" : "skipped");
    if (test.crashed) json_ += ",\"crashed\":true";
    if (!test.why.empty()) text("why", test.why);
    add_output(test.output);
    if (!test.waits.empty()) {
      list("waits", test.waits, [&](const wait_record& wait) {
        named(wait.what, wait.when);
        json_ += '}';
      });
    }
    if (!test.left_running.empty()) {
      list("left_running", test.left_running, [&](const std::string& name) { append_json_text(json_, name); });
    }
    json_ += '}';
  }

  void add(const per_run_record& set_up) {
    named(set_up.name, set_up.when);
    if (set_up.tear_down) json_ += ",\"tear_down\":true";
    if (!set_up.failure.empty()) text("failure", set_up.failure);
    json_ += '}';
  }

  /// Of a long output the beginning and the end, each of whole characters.
  void add_output(std::string_view output) {
    if (output.empty()) return;
    if (output.size() <= limit_) return text("output", output);
    const std::size_t begins = character_at(output, limit_ / 2);
    const std::size_t ends = character_at(output, output.size() - limit_ / 2 + 3);
    text("output", output.substr(0, begins));
    number("left_out", ends - begins);
    text("output_end", output.substr(ends));
  }

  /// Where the character begins of which the byte `at` is a part, at most three bytes before it.
  static std::size_t character_at(std::string_view of, std::size_t at) {
    const auto continues = [&](std::size_t byte) { return (static_cast<unsigned char>(of[byte]) & 0xc0U) == 0x80; };
    std::size_t begin = at;
    while (begin > 0 && at - begin < 3 && continues(begin)) --begin;
    return begin;
  }

  void named(std::string_view name, const time_span& when) {
    const long long began = microseconds_to(when.began);
    json_ += "{\"name\":";
    append_json_text(json_, name);
    number("began", began);
    number("took", std::max(0LL, microseconds_to(when.ended) - began));
  }

  /// What is not of this round, such as a moment that was never set, is its beginning.
  long long microseconds_to(std::chrono::steady_clock::time_point moment) const {
    if (moment < began_) return 0;
    return std::chrono::duration_cast<std::chrono::microseconds>(moment - began_).count();
  }

  void key(std::string_view name) { json_.append(",\"").append(name).append("\":"); }

  template <class Number>
  void number(std::string_view name, Number value) {
    key(name);
    json_ += std::to_string(value);
  }

  void text(std::string_view name, std::string_view value) {
    key(name);
    append_json_text(json_, value);
  }

  template <class Items, class Add>
  void list(std::string_view name, const Items& items, Add add_one) {
    key(name);
    list(items, add_one);
  }

  template <class Items, class Add>
  void list(const Items& items, Add add_one) {
    json_ += '[';
    bool is_first = true;
    for (const auto& item : items) {
      if (!std::exchange(is_first, false)) json_ += ',';
      add_one(item);
    }
    json_ += ']';
  }

  std::string json_;
  std::size_t limit_;
  std::chrono::steady_clock::time_point began_{};
};

}  // namespace detail

/// What happened in the rounds of a run, as one page of HTML: when each worker ran which test, and what became of it.
/// The page needs nothing but itself and a browser, and can ask for nothing, by its own policy. Names and output of any
/// bytes are shown as text. Of a test's output 64 KiB are there, less where all together would be more than 64 MiB.
inline std::string timeline_of(const std::vector<run_record>& rounds) {
  std::string page(detail::timeline_page_begin);
  for (const std::string_view part : detail::timeline_styles) page += part;
  page += detail::timeline_page_body;
  page += detail::timeline_data::of(rounds);
  page += detail::timeline_page_scripts;
  for (const std::string_view part : detail::timeline_scripts) page += part;
  page += detail::timeline_page_end;
  return page;
}

APART_END_NAMESPACE
