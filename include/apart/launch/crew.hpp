#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/poll_set.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/detail/stack_trace.hpp>
#include <apart/launch/console.hpp>
#include <apart/launch/detail/left_running.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/keeper.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/options.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/run_record.hpp>
#include <apart/launch/test_limits.hpp>
#include <apart/launch/worker.hpp>
#include <apart/launch/worker_process.hpp>

APART_BEGIN_NAMESPACE

/// The workers of a run, seen from the launcher: hands out the tests of the plan as workers ask for them, and enters
/// what they report.
///
/// A worker that dies fails the test it was in, which is named with how it died and not run again; what else it had
/// been given is run by its replacement, which takes its index. One that dies before its first test is not replaced.
class crew {
 public:
  /// `record`: where tests are noted; null: nowhere.
  crew(const launch_options& options, std::uint32_t seed, const std::vector<planned_test>& expected, plan& tests,
       member_starter& starter, keeper& infrastructure, console& out, run_record* record)
      : options_(options),
        seed_(seed),
        expected_(expected),
        plan_(tests),
        starter_(starter),
        keeper_(infrastructure),
        out_(out),
        record_(record),
        replacements_left_(2 * options.procs + 20) {}

  /// Where the system gives no more, a third of those that it gives, since they and what they start need some, too; that
  /// is said. An `apart::error` where it gives none. Returns how many.
  unsigned start(unsigned count) {
    const detail::reserved_descriptors for_the_keeper;
    while (workers_.size() < count) {
      worker& next = workers_.emplace_back(static_cast<unsigned>(workers_.size()), options_);
      const auto refused = [&](const char* text) {
        workers_.pop_back();
        if (workers_.empty()) detail::raise(error(text));
        const unsigned wanted = std::exchange(count, std::max(1U, static_cast<unsigned>(workers_.size()) / 3));
        out_.problem(fmt::format("{} of {} workers run, the system allows no more ({})", count, wanted, text));
        for (; workers_.size() > count; workers_.pop_back()) workers_.back().process.end();
      };
      detail::attempt([&] { next.start(starter_, seed_); }, refused);
    }
    return count;
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

  test_limits& limits() noexcept { return limits_; }

  /// Sends what could not be sent, and takes what the workers have said.
  void turn() {
    for (worker& one : workers_) {
      if (!one.process.alive()) continue;
      one.process.flush();
      listen(one);
    }
  }

  bool has(detail::process_number process) const {
    return std::any_of(workers_.begin(), workers_.end(), [&](const worker& w) { return w.process.pid == process; });
  }

  /// A child of the launcher has ended; nothing where it was no worker.
  void ended(const detail::ended_child& child) {
    for (worker& one : workers_) {
      if (one.process.pid == child.pid) ended(one, child.status);
    }
  }

  /// No further test starts; what waits in the running ones, and in the set-up that runs, is woken.
  void cancel(const std::string& cause) {
    plan_.stop();
    keeper_.cancel(cause);
    for (worker& one : workers_) one.process.cancel(cause);
    wake_the_idle();
  }

  /// Those that found nothing to do may find something now: a test whose turn has come, or the end.
  void wake_the_idle() {
    for (worker& one : workers_) {
      if (one.idle()) hand_out(one);
    }
  }

  void signal(detail::group_signal what) const {
    for (const worker& one : workers_) one.process.signal(what);
  }
  void end() noexcept {
    for (worker& one : workers_) one.process.end();
  }
  /// They print their stacks, and end.
  void ask_to_end() {
    time_is_over_ = true;
    for (const worker& one : workers_) one.process.ask_to_end();
  }

 private:
  using worker = worker_of_crew;

  void listen(worker& one) {
    one.process.news.poll();
    while (auto told = one.process.news.take()) {
      if (told->kind() == detail::message::need) keeper_.need(told->text(), one.process.news);
    }
    one.process.work.poll();
    while (auto told = one.process.work.take()) {
      const detail::message kind = told->kind();
      if (kind == detail::message::hello) greet(one, *told);
      if (kind == detail::message::listing) refuse(one, *told);
      if (kind == detail::message::part) one.clock.renew(std::chrono::steady_clock::now());
      if (kind == detail::message::finished) finished(one, *told);
      if (kind == detail::message::idle) hand_out(one);
    }
  }

  void greet(worker& one, detail::wire_reader& told) {
    one.greeted = true;
    if (told.number() == expected_.size() && told.number() == detail::hash_of(expected_)) return hand_out(one);
    one.asks = true;
    plan_.stop();
    one.process.work.post(detail::wire_writer(detail::message::describe));
  }

  /// Its tests are not the ones that were planned: names the first that differs.
  void refuse(worker& one, detail::wire_reader& told) {
    if (!std::exchange(lists_differ_, true)) {
      out_.problem(fmt::format("the tests of worker {} are not those of the launcher: {}", one.index,
                               detail::difference_of(told, expected_)));
    }
    one.stop();
    wake_the_idle();
  }

  void hand_out(worker& one) {
    one.asks = true;
    one.give_back(plan_);
    one.process.output->forget_before(one.shown);
    if (options_.isolate && one.has_run) return one.stop();
    const auto workers = static_cast<unsigned>(workers_.size());
    const auto next = options_.isolate ? plan_.take(1) : plan_.take(plan_.chunk(workers), plan_.of_a_suite(workers));
    if (next.empty()) return stop_where_all_is_done();
    one.run(next, options_.max_failures > 0);
  }

  void finished(worker& one, detail::wire_reader& told) {
    const auto index = static_cast<std::size_t>(told.number());
    if (one.given.empty() || one.given.front() != index) {
      detail::raise(error(fmt::format("worker {} reported a test that it had not been given", one.index)));
    }
    auto ended = detail::finished_message::read(told, plan_.name(index), one.index);
    const std::vector<std::string> orphans = new_orphans(one);
    auto& left = ended.test.left_running;
    if (!ended.left_are_its_own) left.insert(left.end(), orphans.begin(), orphans.end());
    limits_.judge(one, ended.longest_body, ended.test);
    one.shown = ended.output_begins;
    enter(one, std::move(ended.test), ended.output_ends);
  }

  /// The test that this worker runs has ended.
  void enter(worker& one, test_record ended, std::uint64_t output_ends) {
    const bool others_may_start = plan_.end(one.given.front(), ended.result, limits_.took(ended));
    const bool has_stack = one.clock.exceeded() || time_is_over_;
    one.drop_first();
    const bool wanted = ended.result == outcome::failed || options_.verbose || record_ != nullptr;
    if (wanted) ended.output = one.process.output->read(one.shown, output_ends);
    if (ended.crashed && has_stack) ended.output = detail::with_source_lines(ended.output);
    one.shown = output_ends;
    out_.test_ended(ended);
    if (ended.result == outcome::failed && plan_.failed().size() == options_.max_failures) {
      cancel(fmt::format("the run stops at a failure: {}", ended.name));
    }
    if (record_ != nullptr) record_->tests.push_back(std::move(ended));
    if (others_may_start) wake_the_idle();
  }

  std::vector<std::string> new_orphans(const worker& of) {
    std::vector<detail::process_number> members{keeper_.process().pid};
    for (const worker& one : workers_) members.push_back(one.process.pid);
    std::sort(members.begin(), members.end());
    return orphans_.describe_new_of(of.started_as, of.index, members);
  }

  void stop_where_all_is_done() {
    if (plan_.has_more() || plan_.running() > 0) return;
    for (worker& one : workers_) {
      if (one.idle()) one.stop();
    }
  }

  void ended(worker& one, int status) {
    listen(one);
    one.process.pid = 0;
    keeper_.forget(one.process.news);
    if (one.stopping && status == 0) return next_process(one);
    const std::string how = detail::how_it_ended(status);
    const std::uint64_t end = one.process.output->size();
    if (one.given.empty()) {
      broken_ = true;
      out_.problem(fmt::format("worker {} {} {}", one.index, how, one.where_no_test_runs()));
      out_.block(one.process.output->read(one.shown, end));
    } else {
      fail_first(one, how, end);
    }
    replace(one);
  }

  /// It took its process with it; the others that it was given have not begun.
  void fail_first(worker& one, const std::string& how, std::uint64_t end) {
    const std::size_t first = one.given.front();
    one.given.pop_front();
    one.give_back(plan_);
    one.given.push_back(first);
    const time_span when{one.clock.began(), std::chrono::steady_clock::now()};
    test_record ended{plan_.name(first), outcome::failed, true, one.index, when, {}, {}};
    ended.why = fmt::format("worker {} {} in this test{}", one.index, how,
                            one.clock.exceeded() ? ", which had gone on after its --timeout" : "");
    ended.left_running = new_orphans(one);
    enter(one, std::move(ended), end);
  }

  void replace(worker& dead) {
    if (!plan_.has_more() || !dead.greeted) return wake_the_idle();
    if (replacements_left_ == 0) {
      if (!std::exchange(gave_up_, true)) out_.problem("too many workers have died; the remaining tests are not run");
      plan_.stop();
      return wake_the_idle();
    }
    if (!(options_.isolate && dead.has_run)) --replacements_left_;
    start_again(dead);
  }

  /// With --isolate a worker ends after each test, and the next one takes its place.
  void next_process(worker& one) {
    if (options_.isolate && one.has_run && plan_.has_more()) start_again(one);
    wake_the_idle();
  }

  void start_again(worker& one) {
    detail::attempt([&] { one.start(starter_, seed_); },
                    [&](const char* text) {
                      out_.problem(fmt::format("worker {} could not be started again ({})", one.index, text));
                      if (any_alive()) return;
                      gave_up_ = true;
                      plan_.stop();
                    });
  }

  const launch_options& options_;
  const std::uint32_t seed_;
  const std::vector<planned_test>& expected_;
  plan& plan_;
  member_starter& starter_;
  keeper& keeper_;
  console& out_;
  run_record* record_;
  detail::left_orphans orphans_;
  std::list<worker> workers_;
  test_limits limits_{options_, plan_, workers_, out_};
  unsigned replacements_left_;
  bool lists_differ_ = false;
  bool gave_up_ = false;
  bool broken_ = false;
  bool time_is_over_ = false;  ///< the run's
};

APART_END_NAMESPACE
