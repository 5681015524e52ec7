#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <apart/launch/console.hpp>
#include <apart/launch/detail/kept_set_ups.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/run_record.hpp>
#include <apart/launch/set_ups_of_machines.hpp>

APART_BEGIN_NAMESPACE

/// The launcher's side of the keeper, and its memory of every `per_run`: who waits for it, what it gave, what is still
/// to be torn down. The keeper starts at the first request. When it dies, all that were waiting and all who ask later
/// are told how, and a second one is started only to tear down. Over machines another one may be who sets up.
class keeper {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// `record`: where set-ups are noted; null: nowhere. `grace`: how long a set-up that is cancelled since no test waits for
  /// it any more has to end.
  keeper(member_starter& starter, set_ups_of_machines& others, console& out, run_record* record,
         std::chrono::nanoseconds grace)
      : starter_(starter), others_(others), out_(out), record_(record), grace_(grace) {}

  const member& process() const noexcept { return process_; }
  /// When to call `turn`, and then `tear_down`, again though nothing has happened.
  moment next() const noexcept { return std::min(next_, ask_again_); }
  void end() noexcept { process_.end(); }
  /// To its process where that sets up or tears down. One that only keeps what there is, is needed for the tear-down.
  void end_what_runs(detail::group_signal what) {
    if (!tearing_down_ && running() == set_ups_.end()) return;
    ended_with_the_run_ = true;
    process_.signal(what);
  }

  /// Whether some set-up failed that was not cancelled, or its process died; whether some tear-down did.
  bool set_up_failed() const noexcept { return set_up_failed_; }
  bool tear_down_failed() const noexcept { return tear_down_failed_; }

  /// `asking` needs the payload of that name, and is told as soon as it is decided.
  void need(const std::string& name, detail::connection& asking) {
    set_up& wanted = set_ups_[name];
    if (wanted.decided) return answer(name, wanted, asking);
    wanted.waiting.push_back(&asking);
    if (wanted.is_ours) return let_keeper_go_on(name, wanted);
    if (wanted.waiting.size() == 1) begin(name, wanted);
  }

  /// Nobody waits on this connection any more: its process has ended.
  void forget(const detail::connection& gone) {
    for (auto& [name, wanted] : set_ups_) {
      auto& waiting = wanted.waiting;
      for (std::size_t i = waiting.size(); i-- > 0;) {
        if (waiting[i] == &gone) waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  /// The run is cancelled: so are the set-up that runs and its waits, and those of a keeper that is yet to start.
  void cancel(const std::string& cause) {
    if (!std::exchange(cancelled_, true)) cause_ = cause;
    process_.cancel(cause);
  }

  /// Asks what has become of other machines' set-ups, sends what could not be sent, and takes what the keeper has said.
  void turn() {
    ask_again_ = moment::max();
    for (auto& [name, wanted] : set_ups_) {
      if (!wanted.decided && !wanted.is_ours && !wanted.waiting.empty()) begin(name, wanted);
    }
    if (!process_.alive()) return;
    process_.flush();
    process_.news.poll();
    while (auto told = process_.news.take()) {
      if (told->kind() == detail::message::need) need(told->text(), process_.news);
    }
    process_.work.poll();
    while (auto told = process_.work.take()) {
      const std::string name = told->text();
      if (told->kind() == detail::message::payload) {
        const bool ready = told->number() != 0;
        const std::string bytes = told->text();
        note(name, false, ready ? std::string() : bytes, *told);
        decide(name, ready, bytes);
      } else if (told->kind() == detail::message::torn_down) {
        const std::string failure = told->text();
        note(name, true, failure, *told);
        torn_down(name, failure);
      }
    }
  }

  /// The keeper's process has ended.
  void ended(int status) {
    turn();
    process_.pid = 0;
    process_.work.close();
    forget(process_.news);
    if (stopped_ && status == 0 && to_tear_down_.empty()) return;
    const std::string how = detail::how_it_ended(status);
    cause_of_death_ = fmt::format("the process that keeps what the run has set up {}", how);
    out_.problem(tearing_down_ && !to_tear_down_.empty() ? fmt::format("per_run \"{}\": {} while it was torn down",
                                                                       to_tear_down_.all().back().name, cause_of_death_)
                                                         : cause_of_death_);
    out_.block(process_.take_output());
    if (tearing_down_ || !ended_with_the_run_) (tearing_down_ ? tear_down_failed_ : set_up_failed_) = true;
    for (auto& [name, wanted] : set_ups_) {
      if (!wanted.decided && wanted.is_ours) lose(name);
    }
  }

  /// No worker is left: tears down what was set up, the last first; what other machines stand on when they have left it, or
  /// `at_once`. A set-up that runs is cancelled first, and where that does not end it, its process is ended. Call again
  /// whenever something has happened and at `next()`, until false: nothing is left to be done. A keeper that dies in a
  /// tear-down is replaced once.
  bool tear_down(bool at_once) {
    leave_others();
    if (!process_.alive()) {
      if (to_tear_down_.empty()) return false;
      if (tear_downs_started_ == 2) {
        for (const auto& one : to_tear_down_.all()) {
          out_.problem(fmt::format("per_run \"{}\" was not torn down: its process died twice in it", one.name));
        }
        return false;
      }
      process_ = starter_.start_keeper();
      tearing_down_ = false;
      to_tear_down_.begin_again();
    }
    if (const auto one = running(); one != set_ups_.end()) {
      end_set_up(one->first);
      return true;
    }
    next_ = moment::max();
    if (to_tear_down_.empty()) {
      if (!std::exchange(stopped_, true)) process_.work.post(detail::wire_writer(detail::message::stop));
    } else {
      order_tear_downs(at_once);
    }
    return true;
  }

 private:
  struct set_up {
    bool decided = false;
    bool is_ours = false;  ///< the keeper sets it up, or has
    bool ready = false;
    std::string bytes;
    std::vector<detail::connection*> waiting;
  };

  /// One that the keeper sets up.
  std::map<std::string, set_up>::const_iterator running() const {
    return std::find_if(set_ups_.begin(), set_ups_.end(),
                        [](const auto& one) { return one.second.is_ours && !one.second.decided; });
  }

  /// By the keeper, unless another machine does.
  void begin(const std::string& name, set_up& wanted) {
    const auto said = others_.ask(name);
    if (said.outcome) return decide(name, said.outcome->ready, said.outcome->bytes);
    wanted.is_ours = said.is_mine;
    if (!said.is_mine) return wait_for_others();
    if (!process_.alive() && cause_of_death_.empty()) start();
    if (!cause_of_death_.empty()) return lose(name);
    process_.work.post(detail::wire_writer(detail::message::set_up).text(name));
    let_keeper_go_on(name, wanted);
  }

  /// Where it asks inside of another set-up, it does this one there.
  void let_keeper_go_on(const std::string& name, set_up& wanted) {
    auto& waiting = wanted.waiting;
    const auto its_own = std::find(waiting.begin(), waiting.end(), &process_.news);
    if (its_own == waiting.end()) return;
    waiting.erase(its_own);
    process_.news.post(detail::wire_writer(detail::message::yours).text(name));
  }

  void wait_for_others() { ask_again_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(20); }

  /// What they have set up, and what they were asked for in vain.
  void leave_others() {
    for (auto& [name, wanted] : set_ups_) {
      if (!wanted.decided && !wanted.is_ours && others_.leave(name)) others_.give_up(name);
    }
    to_tear_down_.leave_others();
  }

  void order_tear_downs(bool at_once) {
    const auto next = to_tear_down_.take(at_once);
    if (next.empty() && !to_tear_down_.all().back().is_taken) wait_for_others();
    if (next.empty()) return;
    if (!std::exchange(tearing_down_, true)) ++tear_downs_started_;
    detail::wire_writer order(detail::message::tear_down);
    order.number(next.size());
    for (const auto& one : next) order.text(one.name).text(one.payload);
    process_.work.post(std::move(order));
  }

  /// Nobody waits for it any more.
  void end_set_up(const std::string& name) {
    const moment now = std::chrono::steady_clock::now();
    if (steps_ > 0 && now < next_) return;
    next_ = now + grace_;
    switch (steps_++) {
      case 0:
        if (!cancelled_)
          out_.problem(fmt::format("per_run \"{}\": no test waits for it any more, it is cancelled", name));
        return cancel("no test waits for it any more");
      case 1:
        out_.problem(
            fmt::format("per_run \"{}\": still running, though it is cancelled: its process is asked to end", name));
        return process_.signal(detail::group_signal::end);
      default:
        out_.problem(fmt::format("per_run \"{}\": still running: its process is killed", name));
        return process_.signal(detail::group_signal::kill);
    }
  }

  void start() {
    detail::attempt([this] { process_ = starter_.start_keeper(); },
                    [this](const char* text) {
                      cause_of_death_ = fmt::format("the process that sets up could not be started ({})", text);
                    });
    if (cancelled_) process_.cancel(cause_);
  }

  void note(const std::string& name, bool tear_down, const std::string& failure, detail::wire_reader& told) {
    const auto began = told.moment();
    if (record_ != nullptr) record_->set_ups.push_back({name, tear_down, {began, told.moment()}, failure});
  }

  /// There is no keeper that could set it up.
  void lose(const std::string& name) {
    const std::string why = fmt::format("per_run \"{}\": {} before it was set up", name, cause_of_death_);
    const auto now = std::chrono::steady_clock::now();
    if (record_ != nullptr) record_->set_ups.push_back({name, false, {now, now}, why});
    decide(name, false, why);
  }

  void decide(const std::string& name, bool ready, const std::string& bytes) {
    set_up& wanted = set_ups_[name];
    wanted.decided = true;
    wanted.ready = ready;
    wanted.bytes = bytes;
    const bool may_succeed_elsewhere = !ready && cancelled_;
    if (wanted.is_ours) may_succeed_elsewhere ? others_.give_up(name) : others_.decided(name, {ready, bytes});
    if (ready) {
      to_tear_down_.add(name, bytes, wanted.is_ours);
    } else if (!cancelled_) {
      const std::string printed = wanted.is_ours ? process_.take_output() : std::string();
      if (!std::exchange(set_up_failed_, true) || !printed.empty()) out_.problem(bytes);
      out_.block(printed);
    }
    for (detail::connection* asking : std::exchange(wanted.waiting, {})) answer(name, wanted, *asking);
  }

  static void answer(const std::string& name, const set_up& decided, detail::connection& asking) {
    asking.post(
        detail::wire_writer(detail::message::payload).text(name).number(decided.ready ? 1 : 0).text(decided.bytes));
  }

  void torn_down(const std::string& name, const std::string& failure) {
    to_tear_down_.torn_down(name);
    if (failure.empty()) return;
    tear_down_failed_ = true;
    out_.problem(failure);
    out_.block(process_.take_output());
  }

  member_starter& starter_;
  set_ups_of_machines& others_;
  console& out_;
  run_record* record_;
  const std::chrono::nanoseconds grace_;
  member process_;
  std::map<std::string, set_up> set_ups_;
  detail::kept_set_ups to_tear_down_{others_};
  std::string cause_of_death_;
  bool cancelled_ = false;
  std::string cause_;
  int steps_ = 0;                     ///< by which the set-up that nobody waits for is ended
  moment next_ = moment::max();       ///< when the next one is due
  moment ask_again_ = moment::max();  ///< what other machines have done
  int tear_downs_started_ = 0;
  bool tearing_down_ = false;
  bool stopped_ = false;  ///< the keeper's process, by this one
  bool set_up_failed_ = false;
  bool tear_down_failed_ = false;
  bool ended_with_the_run_ = false;
};

APART_END_NAMESPACE
