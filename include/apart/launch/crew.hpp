#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/poll_set.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/launch/console.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/keeper.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/worker_process.hpp>

APART_BEGIN_NAMESPACE

/// The workers of a run, seen from the launcher: hands out the tests of the plan as workers ask for them, and enters
/// what they report.
///
/// A worker that dies fails the test it was in, which is named with how it died and not run again; what else it had
/// been given is run by its replacement, which takes its index. One that dies before its first test is not replaced.
class crew {
 public:
  crew(const launch_options& options, std::uint32_t seed, const std::vector<planned_test>& expected, plan& tests,
       member_starter& starter, keeper& infrastructure, console& out)
      : options_(options),
        seed_(seed),
        expected_(expected),
        plan_(tests),
        starter_(starter),
        keeper_(infrastructure),
        out_(out),
        replacements_left_(2 * options.procs + 20) {}

  void start(unsigned count) {
    for (unsigned index = 0; index < count; ++index) start(workers_.emplace_back(index));
  }

  bool any_alive() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const worker& w) { return w.process.alive(); });
  }

  /// Whether the workers' tests are not the launcher's; whether some worker died outside of every test; whether too
  /// many died to go on.
  bool lists_differ() const noexcept { return lists_differ_; }
  bool broken() const noexcept { return broken_; }
  bool gave_up() const noexcept { return gave_up_; }

  void add_to(detail::poll_set& waited) const {
    for (const worker& one : workers_) one.process.add_to(waited);
  }

  /// Sends what could not be sent, and takes what the workers have said.
  void turn() {
    for (worker& one : workers_) {
      if (!one.process.alive()) continue;
      one.process.flush();
      listen(one);
    }
  }

  /// A child of the launcher has ended; nothing where it was no worker.
  void ended(const detail::ended_child& child) {
    for (worker& one : workers_) {
      if (one.process.pid == child.pid) ended(one, child.status);
    }
  }

  /// No further test starts; what waits in the running ones is woken.
  void cancel(const std::string& cause) {
    plan_.stop();
    for (worker& one : workers_) one.process.cancel(cause);
    wake_the_idle();
  }

  /// Tells people which tests run at the moment.
  void name_running() const {
    for (const worker& one : workers_) {
      if (!one.process.alive() || one.given.empty()) continue;
      out_.problem(fmt::format("still running: {} (worker {})", plan_.name(one.given.front()), one.index));
    }
  }

  void signal(int number) const {
    for (const worker& one : workers_) one.process.signal(number);
  }

 private:
  struct worker {
    explicit worker(unsigned number) : index(number) {}
    unsigned index;
    member process;
    std::deque<std::size_t> given;  ///< the first is the one that it runs
    std::uint64_t shown = 0;        ///< where in its output the running test begins
    bool greeted = false;
    bool asks = false;  ///< for tests, and has got none yet
    bool stopping = false;

    bool idle() const noexcept { return process.alive() && asks && !stopping; }
  };

  void start(worker& one) {
    one.greeted = false;
    one.asks = false;
    one.stopping = false;
    one.shown = 0;
    one.process = starter_.start_worker(one.index);
    one.process.work.post(detail::wire_writer(detail::message::begin).number(seed_));
  }

  static void stop(worker& one) {
    one.stopping = true;
    one.process.work.post(detail::wire_writer(detail::message::stop));
  }

  void listen(worker& one) {
    one.process.news.poll();
    while (auto told = one.process.news.take()) {
      if (told->kind() == detail::message::need) keeper_.need(told->text(), one.process.news);
    }
    one.process.work.poll();
    while (auto told = one.process.work.take()) {
      switch (told->kind()) {
        case detail::message::hello:
          greet(one, *told);
          break;
        case detail::message::listing:
          refuse(one, *told);
          break;
        case detail::message::finished:
          finished(one, *told);
          break;
        case detail::message::idle:
          hand_out(one);
          break;
        default:
          break;
      }
    }
  }

  void greet(worker& one, detail::wire_reader& told) {
    one.greeted = true;
    const bool as_many = told.number() == expected_.size();
    const bool as_named = told.number() == detail::hash_of(expected_);
    if (as_many && as_named) return hand_out(one);
    one.asks = true;
    plan_.stop();
    one.process.work.post(detail::wire_writer(detail::message::describe));
  }

  /// Its tests are not the ones that were planned: names the first that differs.
  void refuse(worker& one, detail::wire_reader& told) {
    std::vector<std::string> theirs(static_cast<std::size_t>(told.number()));
    for (std::string& name : theirs) name = told.text();
    std::size_t at = 0;
    while (at < theirs.size() && at < expected_.size() && theirs[at] == expected_[at].name) ++at;
    if (!std::exchange(lists_differ_, true)) {
      out_.problem(
          fmt::format("the tests of worker {} are not those of the launcher: number {} is {} there and {} here; "
                      "give tests names and an order that are the same in every process",
                      one.index, at + 1, at < theirs.size() ? '"' + theirs[at] + '"' : "missing",
                      at < expected_.size() ? '"' + expected_[at].name + '"' : "missing"));
    }
    stop(one);
    wake_the_idle();
  }

  void hand_out(worker& one) {
    one.asks = true;
    one.process.output->forget_before(one.shown);
    const std::vector<std::size_t> next = plan_.take(plan_.chunk(static_cast<unsigned>(workers_.size())));
    if (next.empty()) return stop_where_all_is_done();
    one.asks = false;
    one.given.assign(next.begin(), next.end());
    detail::wire_writer order(detail::message::run);
    order.number(next.size());
    for (const std::size_t index : next) order.number(index);
    one.process.work.post(std::move(order));
  }

  void finished(worker& one, detail::wire_reader& told) {
    const auto index = static_cast<std::size_t>(told.number());
    const auto result = static_cast<outcome>(told.number());
    const auto took = std::chrono::microseconds(told.number());
    one.shown = told.number();
    const std::uint64_t end = told.number();
    if (one.given.empty() || one.given.front() != index) {
      detail::raise(error(fmt::format("worker {} reported a test that it had not been given", one.index)));
    }
    one.given.pop_front();
    enter(one, index, result, took, end, told.text());
  }

  void enter(worker& one, std::size_t index, outcome result, std::chrono::nanoseconds took, std::uint64_t end,
             const std::string& why) {
    const bool others_may_start = plan_.end(index, result, took);
    const bool shown = result == outcome::failed || options_.verbose;
    out_.test_ended(plan_, index, result, one.index, shown ? one.process.output->read(one.shown, end) : std::string(),
                    why);
    one.shown = end;
    if (result == outcome::failed && plan_.failed().size() == options_.max_failures) plan_.stop();
    if (others_may_start) wake_the_idle();
  }

  /// Those that found nothing to do may find something now: a test whose turn has come, or the end.
  void wake_the_idle() {
    for (worker& one : workers_) {
      if (one.idle()) hand_out(one);
    }
  }

  void stop_where_all_is_done() {
    if (plan_.has_more() || plan_.running() > 0) return;
    for (worker& one : workers_) {
      if (one.idle()) stop(one);
    }
  }

  void ended(worker& one, int status) {
    listen(one);
    one.process.pid = 0;
    keeper_.forget(one.process.news);
    if (one.stopping && status == 0) return;
    const std::string how = detail::how_it_ended(status);
    const std::uint64_t end = one.process.output->size();
    if (one.given.empty()) {
      broken_ = true;
      const char* when = one.stopping  ? "after its last test"
                         : one.greeted ? "between two tests"
                                       : "before its first test";
      out_.problem(fmt::format("worker {} {} {}", one.index, how, when));
      out_.block(one.process.output->read(one.shown, end));
    } else {
      const std::size_t index = one.given.front();
      for (; one.given.size() > 1; one.given.pop_back()) plan_.give_back(one.given.back());
      one.given.clear();
      enter(one, index, outcome::failed, {}, end, fmt::format("worker {} {} in this test", one.index, how));
    }
    replace(one);
  }

  void replace(worker& dead) {
    if (!plan_.has_more() || !dead.greeted) return wake_the_idle();
    if (replacements_left_ == 0) {
      if (!std::exchange(gave_up_, true)) out_.problem("too many workers have died; the remaining tests are not run");
      plan_.stop();
      return wake_the_idle();
    }
    --replacements_left_;
    start(dead);
  }

  const launch_options& options_;
  const std::uint32_t seed_;
  const std::vector<planned_test>& expected_;
  plan& plan_;
  member_starter& starter_;
  keeper& keeper_;
  console& out_;
  std::list<worker> workers_;
  unsigned replacements_left_;
  bool lists_differ_ = false;
  bool gave_up_ = false;
  bool broken_ = false;
};

APART_END_NAMESPACE
