#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <apart/launch/detail/group_slots.hpp>
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
        states_(tests_.size(), state::queued),
        took_(tests_.size()),
        expected_(std::move(took)) {
    expected_.resize(tests_.size());
    number_suites();
    for (std::size_t index = 0; index < tests_.size(); ++index) {
      if (tests_[index].elsewhere) continue;
      (tests_[index].serial ? serial_ : parallel_).push_back(index);
      queue_of_suite(index);
      left_to_spend_ += expected_[index];
      not_expected_ += expected_[index].count() == 0 ? 1 : 0;
    }
    gather_suites(parallel_);
    gather_suites(serial_);
    sort_by_expected_time();
  }

  /// From now on in a random order, which the seed decides, the same on every machine; serial ones stay behind. The tests
  /// of a suite stay together, in a random order but for inseparable ones.
  void shuffle(std::uint32_t seed) {
    std::mt19937 random(seed);
    for (std::deque<std::size_t>* const queue : {&parallel_, &serial_}) {
      for (std::size_t last = queue->size(); last > 1; --last) std::swap((*queue)[last - 1], (*queue)[random() % last]);
      gather_suites(*queue);
    }
  }

  /// How many it hands out.
  std::size_t size() const noexcept { return finished_ + running_ + waiting(); }
  const std::string& name(std::size_t index) const { return tests_[index].name; }

  /// At most `count` tests to run next, or `of_a_suite` where they are of one suite, now running. Empty: none may start now.
  /// A serial test comes alone, when nothing else runs or waits to; one of a group that is full comes when another one of
  /// it has ended. Inseparable tests come together, however many they are.
  std::vector<std::size_t> take(std::size_t count, std::size_t of_a_suite = 1) {
    std::vector<std::size_t> taken;
    if (stopped_ || serial_running_) return taken;
    if (parallel_.empty() && running_ == 0 && !serial_.empty()) {
      do {
        taken.push_back(pop(serial_));
      } while (!serial_.empty() && are_inseparable(taken.back(), serial_.front()));
      serial_running_ = true;
    }
    const auto goes_on = [&] {
      if (taken.size() < count || are_inseparable(taken.back(), parallel_.front())) return true;
      const std::size_t suite = suite_of_[taken.back()];
      return taken.size() < of_a_suite && suite != no_suite && suite_of_[parallel_.front()] == suite &&
             suite_of_[taken.front()] == suite;
    };
    while (!parallel_.empty() && goes_on()) {
      if (groups_.enter(parallel_.front())) {
        taken.push_back(pop(parallel_));
      } else {
        parallel_.pop_front();
      }
    }
    const auto in_order = [this](std::size_t index) { return tests_[index].in_order; };
    if (std::any_of(taken.begin(), taken.end(), in_order)) std::sort(taken.begin(), taken.end());
    return taken;
  }

  /// How many tests one worker of `workers` should be given, so that it works about ten milliseconds before it asks
  /// again, and the last tests are spread over all: one where tests take longer than that.
  std::size_t chunk(unsigned workers) const noexcept {
    using namespace std::chrono_literals;
    if (finished_ < workers) return 1;
    const auto mean = std::max<std::chrono::nanoseconds>(spent_ / static_cast<long>(finished_), 1us);
    const auto by_time = static_cast<std::size_t>(10ms / mean);
    return std::max<std::size_t>(1, std::min(by_time, part_of_share(workers)));
  }

  /// How many of one suite it should be given: all of them, unless there are fewer suites than workers, or it has more tests
  /// than a worker's share.
  std::size_t of_a_suite(unsigned workers) const noexcept {
    return suites_queued_ < workers ? part_of_share(workers) : parallel_.size() / workers + 1;
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
    states_[index] = state::ended;
    took_[index] = took;
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
    states_[index] = state::queued;
    queue_of_suite(index);
    (tests_[index].serial ? serial_ : parallel_).push_front(index);
  }

  /// From now on no test starts.
  void stop() noexcept { stopped_ = true; }

  /// Whether some test may still start, now or once others have ended.
  bool has_more() const noexcept { return !stopped_ && waiting() > 0; }

  std::size_t finished() const noexcept { return finished_; }
  std::size_t running() const noexcept { return running_; }
  std::size_t passed() const noexcept { return passed_; }
  std::size_t skipped() const noexcept { return skipped_; }
  const std::vector<std::size_t>& failed() const noexcept { return failed_; }

  /// Of one that has ended.
  std::chrono::nanoseconds took(std::size_t index) const { return took_[index]; }
  bool has_ended(std::size_t index) const { return states_[index] == state::ended; }

  std::vector<std::size_t> never_ran() const {
    std::vector<std::size_t> missing;
    for (std::size_t index = 0; index < states_.size(); ++index) {
      if (states_[index] != state::ended && !tests_[index].elsewhere) missing.push_back(index);
    }
    return missing;
  }

 private:
  static constexpr std::size_t no_suite = 0;

  void number_suites() {
    std::unordered_map<std::string_view, std::size_t> numbers{{"", no_suite}};
    for (const planned_test& test : tests_)
      suite_of_.push_back(numbers.emplace(test.suite, numbers.size()).first->second);
    queued_of_suite_.resize(numbers.size());
  }

  void queue_of_suite(std::size_t index) {
    if (queued_of_suite_[suite_of_[index]]++ == 0) ++suites_queued_;
  }

  bool are_inseparable(std::size_t one, std::size_t other) const {
    return tests_[one].inseparable && tests_[other].inseparable && suite_of_[one] == suite_of_[other];
  }

  /// By what `rank_of` says of each; those of one rank keep their order.
  template <class RankOf>
  void sort(std::deque<std::size_t>& queue, RankOf rank_of) const {
    std::vector<decltype(rank_of(0))> ranks(tests_.size());
    for (const std::size_t index : queue) ranks[index] = rank_of(index);
    const auto before = [&ranks](std::size_t one, std::size_t other) { return ranks[one] < ranks[other]; };
    if (!std::is_sorted(queue.begin(), queue.end(), before)) std::stable_sort(queue.begin(), queue.end(), before);
  }

  /// Brings the tests of a suite together, where the one of them stands that the selection has first.
  void gather_suites(std::deque<std::size_t>& queue) const {
    std::vector<std::size_t> first_of(queued_of_suite_.size(), std::numeric_limits<std::size_t>::max());
    std::vector<std::size_t> place(tests_.size());
    for (std::size_t at = 0; at < queue.size(); ++at) {
      place[queue[at]] = at;
      std::size_t& first = first_of[suite_of_[queue[at]]];
      first = std::min(first, queue[at]);
    }
    sort(queue, [&](std::size_t index) {
      const std::size_t suite = suite_of_[index];
      return std::pair(place[suite == no_suite ? index : first_of[suite]], tests_[index].inseparable ? index + 1 : 0);
    });
  }

  /// The longest first, what is new before them; the tests of a suite stay together, at the place of the first of them.
  void sort_by_expected_time() {
    using namespace std::chrono_literals;
    const auto shortness = [&](std::size_t index) {
      return expected_[index].count() == 0 ? 0us : std::chrono::microseconds::max() - expected_[index];
    };
    std::vector<std::chrono::microseconds> of_suite(queued_of_suite_.size(), std::chrono::microseconds::max());
    for (const std::size_t index : parallel_) {
      auto& of_longest = of_suite[suite_of_[index]];
      of_longest = std::min(of_longest, shortness(index));
    }
    sort(parallel_, [&](std::size_t index) {
      return suite_of_[index] == no_suite ? shortness(index) : of_suite[suite_of_[index]];
    });
  }

  enum class state : unsigned char { queued, running, ended };

  std::size_t pop(std::deque<std::size_t>& queue) {
    const std::size_t index = queue.front();
    queue.pop_front();
    states_[index] = state::running;
    ++running_;
    if (--queued_of_suite_[suite_of_[index]] == 0) --suites_queued_;
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
    parallel_.insert(parallel_.begin(), next.begin(), next.end());
    return !next.empty();
  }

  std::vector<planned_test> tests_;
  detail::group_slots groups_;
  std::vector<state> states_;
  std::vector<std::chrono::nanoseconds> took_;
  std::vector<std::chrono::microseconds> expected_;
  std::deque<std::size_t> parallel_;
  std::deque<std::size_t> serial_;
  std::vector<std::size_t> suite_of_;         ///< its number
  std::vector<std::size_t> queued_of_suite_;  ///< how many of its tests are
  std::size_t suites_queued_ = 0;             ///< of how many suites some are
  std::vector<std::size_t> failed_;
  std::chrono::nanoseconds spent_{0};
  std::chrono::nanoseconds left_to_spend_{0};  ///< what is expected of the tests that have not ended
  std::size_t not_expected_ = 0;               ///< of how many of them nothing is known
  std::size_t running_ = 0;
  std::size_t finished_ = 0;
  std::size_t passed_ = 0;
  std::size_t skipped_ = 0;
  bool serial_running_ = false;
  bool stopped_ = false;
};

APART_END_NAMESPACE
