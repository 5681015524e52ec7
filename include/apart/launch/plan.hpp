#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <apart/launch/detail/group_slots.hpp>
#include <apart/launch/detail/test_suites.hpp>
#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE

/// Which test runs next, and what became of each: the launcher's book. Every planned test is in exactly one state, so
/// that a run passes only when each has reported its own end. Knows no processes; one thread.
class plan {
 public:
  /// `took`: how long each test took in an earlier run, zero where that is not known; or nothing. Of those that may run
  /// side by side the longest are first, and new ones before them; others keep their order.
  explicit plan(std::vector<planned_test> tests, std::vector<std::chrono::microseconds> took = {})
      : tests_(std::move(tests)),
        groups_(tests_),
        suites_(tests_),
        endings_(tests_.size()),
        expected_(std::move(took)) {
    expected_.resize(tests_.size());
    for (std::size_t index = 0; index < tests_.size(); ++index) {
      if (tests_[index].elsewhere) continue;
      (tests_[index].serial ? serial_ : parallel_).push_back(index);
      suites_.queue(index);
      left_to_spend_ += expected_[index];
      not_expected_ += expected_[index].count() == 0 ? 1 : 0;
    }
    suites_.gather(parallel_);
    suites_.gather(serial_);
    suites_.put_longest_first(parallel_, expected_);
  }

  /// From now on in a random order, which the seed decides, the same on every machine; serial ones stay behind. The tests
  /// of a suite stay together, in a random order but for inseparable ones.
  void shuffle(std::uint32_t seed) {
    std::mt19937 random(seed);
    for (std::deque<std::size_t>* const queue : {&parallel_, &serial_}) {
      for (std::size_t last = queue->size(); last > 1; --last) std::swap((*queue)[last - 1], (*queue)[random() % last]);
      suites_.gather(*queue);
    }
  }

  /// Where the run is spread over many: hands out nothing by itself any more. When it has nothing to hand out it asks
  /// `source`, which may `admit` some and says how many are `still_to_come`. Returns what it would have handed out, in
  /// order: lists of what always comes together, serial ones last.
  std::vector<std::vector<std::size_t>> draw_from(std::function<void()> source) {
    source_ = std::move(source);
    std::vector<std::vector<std::size_t>> units;
    for (std::deque<std::size_t>* const queue : {&parallel_, &serial_}) {
      for (const std::size_t index : *queue) {
        tests_[index].elsewhere = true;
        suites_.unqueue(index);
        const bool together = !units.empty() && are_inseparable(units.back().back(), index);
        if (!together) units.emplace_back();
        units.back().push_back(index);
      }
      queue->clear();
    }
    not_expected_ = 0;
    left_to_spend_ = {};
    return units;
  }
  void admit(std::size_t index) {
    tests_[index].elsewhere = false;
    (tests_[index].serial ? serial_ : parallel_).push_back(index);
    suites_.queue(index);
    ++not_expected_;
    expected_[index] = {};
  }
  void still_to_come(std::size_t tests) noexcept { to_come_ = tests; }
  bool is_serial(std::size_t index) const { return tests_[index].serial; }

  /// How many it hands out.
  std::size_t size() const noexcept { return finished_ + running_ + waiting() + to_come_; }
  const std::string& name(std::size_t index) const { return tests_[index].name; }

  /// At most `count` tests to run next, or `of_a_suite` where they are of one suite, now running. Empty: none may start now.
  /// A serial test comes alone, when nothing else runs or waits to; one of a group that is full comes when another one of
  /// it has ended. Inseparable tests come together, however many they are.
  std::vector<std::size_t> take(std::size_t count, std::size_t of_a_suite = 1) {
    std::vector<std::size_t> taken;
    if (stopped_ || serial_running_) return taken;
    if (source_ && waiting() == 0) source_();
    if (parallel_.empty() && running_ == 0 && !serial_.empty()) {
      do {
        taken.push_back(pop(serial_));
      } while (!serial_.empty() && are_inseparable(taken.back(), serial_.front()));
      serial_running_ = true;
    }
    const auto goes_on = [&] {
      if (taken.size() < count || are_inseparable(taken.back(), parallel_.front())) return true;
      const std::size_t suite = suites_.of(taken.back());
      return taken.size() < of_a_suite && suite != suites_.none && suites_.of(parallel_.front()) == suite &&
             suites_.of(taken.front()) == suite;
    };
    while (!parallel_.empty() && goes_on()) {
      if (groups_.enter(parallel_.front())) {
        taken.push_back(pop(parallel_));
      } else {
        parallel_.pop_front();
      }
    }
    bool in_order = false;
    for (const std::size_t index : taken) in_order = in_order || tests_[index].in_order;
    if (in_order) std::sort(taken.begin(), taken.end());
    return taken;
  }

  /// How many tests one worker of `workers` should be given, so that it works about ten milliseconds before it asks
  /// again, and the last tests are spread over all: one where tests take longer than that.
  std::size_t chunk(unsigned workers) const noexcept {
    if (finished_ < workers) return 1;
    return std::max<std::size_t>(1, std::min(in_ten_milliseconds(), part_of_share(workers)));
  }

  /// How many tests take one worker so long, by the mean of those that have ended; at least one.
  std::size_t in_ten_milliseconds() const noexcept {
    using namespace std::chrono_literals;
    if (finished_ == 0) return 1;
    const auto mean = std::max<std::chrono::nanoseconds>(spent_ / static_cast<long>(finished_), 1us);
    return std::max<std::size_t>(1, static_cast<std::size_t>(10ms / mean));
  }

  /// How many of one suite it should be given: all of them, unless there are fewer suites than workers, or it has more tests
  /// than a worker's share.
  std::size_t of_a_suite(unsigned workers) const noexcept {
    return suites_.queued() < workers ? part_of_share(workers) : parallel_.size() / workers + 1;
  }

  /// How much longer `workers` may need: by the times of an earlier run, of new tests by the mean of those that have
  /// ended. Zero: not known.
  std::chrono::nanoseconds left(unsigned workers) const noexcept {
    if (stopped_ || (not_expected_ > 0 && finished_ == 0)) return {};
    const auto mean = spent_ / static_cast<long>(std::max<std::size_t>(finished_, 1));
    return (left_to_spend_ + mean * static_cast<long>(not_expected_)) / std::max(workers, 1U);
  }

  /// A running test has ended. Returns whether one may start for which there was nothing to do before.
  bool end(std::size_t index, outcome result, std::chrono::nanoseconds took) {
    const bool freed = leave_running(index);
    endings_[index] = {true, took};
    left_to_spend_ -= expected_[index];
    not_expected_ -= expected_[index].count() == 0 ? 1 : 0;
    ++finished_;
    spent_ += took;
    switch (result) {
      case outcome::passed:
        ++passed_;
        break;
      case outcome::skipped:
        ++skipped_;
        break;
      case outcome::failed:
        failed_.push_back(index);
        break;
    }
    return freed || running_ == 0;
  }

  /// A running test was not begun after all: it is the next to run.
  void give_back(std::size_t index) {
    leave_running(index);
    suites_.queue(index);
    (tests_[index].serial ? serial_ : parallel_).push_front(index);
  }

  /// From now on no test starts.
  void stop() noexcept { stopped_ = true; }

  /// Whether some test may still start, now or once others have ended.
  bool has_more() const noexcept { return !stopped_ && waiting() + to_come_ > 0; }

  std::size_t finished() const noexcept { return finished_; }
  std::size_t running() const noexcept { return running_; }
  std::size_t passed() const noexcept { return passed_; }
  std::size_t skipped() const noexcept { return skipped_; }
  const std::vector<std::size_t>& failed() const noexcept { return failed_; }

  /// Of one that has ended.
  std::chrono::nanoseconds took(std::size_t index) const { return endings_[index].took; }
  bool has_ended(std::size_t index) const { return endings_[index].has_ended; }

  std::vector<std::size_t> never_ran() const {
    std::vector<std::size_t> missing;
    for (std::size_t index = 0; index < endings_.size(); ++index) {
      if (!has_ended(index) && !tests_[index].elsewhere) missing.push_back(index);
    }
    return missing;
  }

 private:
  bool are_inseparable(std::size_t one, std::size_t other) const {
    return tests_[one].inseparable && tests_[other].inseparable && suites_.of(one) == suites_.of(other);
  }

  struct ending {
    bool has_ended = false;
    std::chrono::nanoseconds took{0};
  };

  std::size_t pop(std::deque<std::size_t>& queue) {
    const std::size_t index = queue.front();
    queue.pop_front();
    ++running_;
    suites_.unqueue(index);
    return index;
  }

  std::size_t part_of_share(unsigned workers) const noexcept {
    return 2 * parallel_.size() / (3 * std::size_t{workers});
  }

  std::size_t waiting() const noexcept { return parallel_.size() + serial_.size() + groups_.waiting(); }

  bool leave_running(std::size_t index) {
    --running_;
    if (tests_[index].serial) {
      serial_running_ = running_ > 0;
      return false;
    }
    const std::vector<std::size_t> next = groups_.leave(index);
    for (std::size_t left = next.size(); left > 0; --left) parallel_.push_front(next[left - 1]);
    return !next.empty();
  }

  std::vector<planned_test> tests_;
  detail::group_slots groups_;
  detail::test_suites suites_;
  std::vector<ending> endings_;
  std::vector<std::chrono::microseconds> expected_;
  std::deque<std::size_t> parallel_;
  std::deque<std::size_t> serial_;
  std::vector<std::size_t> failed_;
  std::chrono::nanoseconds spent_{0};
  std::chrono::nanoseconds left_to_spend_{0};  ///< what is expected of the tests that have not ended
  std::size_t not_expected_ = 0;               ///< of how many of them nothing is known
  std::size_t running_ = 0;
  std::size_t finished_ = 0;
  std::size_t passed_ = 0;
  std::size_t skipped_ = 0;
  std::function<void()> source_;
  std::size_t to_come_ = 0;  ///< at most so many may be admitted
  bool serial_running_ = false;
  bool stopped_ = false;
};

APART_END_NAMESPACE
