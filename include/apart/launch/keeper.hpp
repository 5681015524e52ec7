#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <apart/launch/console.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/run_record.hpp>

APART_BEGIN_NAMESPACE

/// The launcher's side of the keeper, and its memory of every `per_run`: who waits for it, what it gave, what is still
/// to be torn down. The keeper starts at the first request. When it dies, all that were waiting and all who ask later
/// are told how, and a second one is started only to tear down.
class keeper {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// `record`: where set-ups are noted; null: nowhere. `grace`: how long a set-up that is cancelled since no test waits for
  /// it any more has to end.
  keeper(member_starter& starter, console& out, run_record* record, std::chrono::nanoseconds grace)
      : starter_(starter), out_(out), record_(record), grace_(grace) {}

  const member& process() const noexcept { return process_; }
  /// When to call `tear_down` again though nothing has happened.
  moment next() const noexcept { return next_; }
  /// Ends its process, whatever it does.
  void end() noexcept { process_.end(); }

  /// Whether some set-up failed that was not cancelled, or its process died; whether some tear-down did.
  bool set_up_failed() const noexcept { return set_up_failed_; }
  bool tear_down_failed() const noexcept { return tear_down_failed_; }

  /// `asking` needs the payload of that name, and is told as soon as it is decided.
  void need(const std::string& name, detail::connection& asking) {
    set_up& wanted = set_ups_[name];
    if (wanted.decided) return answer(name, wanted, asking);
    wanted.waiting.push_back(&asking);
    if (wanted.waiting.size() > 1) return;
    if (!process_.alive() && cause_of_death_.empty()) start();
    if (!cause_of_death_.empty()) return lose(name);
    process_.work.post(detail::wire_writer(detail::message::set_up).text(name));
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

  /// Sends what could not be sent, and takes what the keeper has said.
  void turn() {
    if (!process_.alive()) return;
    process_.flush();
    process_.news.poll();
    while (process_.news.take()) {  // it has nothing to ask
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
    if (tearing_down_ && status == 0 && to_tear_down_.empty()) return;
    const std::string how = detail::how_it_ended(status);
    cause_of_death_ = fmt::format("the process that keeps what the run has set up {}", how);
    out_.problem(tearing_down_ && !to_tear_down_.empty() ? fmt::format("per_run \"{}\": {} while it was torn down",
                                                                       to_tear_down_.back().first, cause_of_death_)
                                                         : cause_of_death_);
    out_.block(process_.output->read(0, process_.output->size()));
    (tearing_down_ ? tear_down_failed_ : set_up_failed_) = true;
    for (auto& [name, wanted] : set_ups_) {
      if (!wanted.decided) lose(name);
    }
  }

  /// No worker is left: tears down what was set up, the last first. A set-up that runs is cancelled first, and where that
  /// does not end it, its process is ended. Call again whenever something has happened and at `next()`, until false: nothing
  /// is left to be done. A keeper that dies in a tear-down is replaced once.
  bool tear_down() {
    if (!process_.alive()) {
      if (to_tear_down_.empty()) return false;
      if (tear_downs_started_ == 2) {
        for (const auto& [name, payload] : to_tear_down_) {
          out_.problem(fmt::format("per_run \"{}\" was not torn down: its process died twice in it", name));
        }
        return false;
      }
      process_ = starter_.start_keeper();
      tearing_down_ = false;
    }
    const auto undecided = [](const auto& wanted) { return !wanted.second.decided; };
    const auto running = std::find_if(set_ups_.begin(), set_ups_.end(), undecided);
    if (running != set_ups_.end()) {
      end_set_up(running->first);
      return true;
    }
    next_ = moment::max();
    if (!std::exchange(tearing_down_, true)) {
      if (!to_tear_down_.empty()) ++tear_downs_started_;
      detail::wire_writer order(detail::message::tear_down);
      order.number(to_tear_down_.size());
      for (auto next = to_tear_down_.rbegin(); next != to_tear_down_.rend(); ++next) {
        order.text(next->first).text(next->second);
      }
      process_.work.post(std::move(order));
      process_.work.post(detail::wire_writer(detail::message::stop));
    }
    return true;
  }

 private:
  struct set_up {
    bool decided = false;
    bool ready = false;
    std::string bytes;
    std::vector<detail::connection*> waiting;
  };

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
        return process_.signal(SIGTERM);
      default:
        out_.problem(fmt::format("per_run \"{}\": still running: its process is killed", name));
        return process_.signal(SIGKILL);
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
    if (ready) {
      to_tear_down_.emplace_back(name, bytes);
    } else if (!cancelled_ && !std::exchange(set_up_failed_, true)) {
      out_.problem(bytes);
    }
    for (detail::connection* asking : std::exchange(wanted.waiting, {})) answer(name, wanted, *asking);
  }

  static void answer(const std::string& name, const set_up& decided, detail::connection& asking) {
    asking.post(
        detail::wire_writer(detail::message::payload).text(name).number(decided.ready ? 1 : 0).text(decided.bytes));
  }

  void torn_down(const std::string& name, const std::string& failure) {
    for (std::size_t i = to_tear_down_.size(); i-- > 0;) {
      if (to_tear_down_[i].first == name) to_tear_down_.erase(to_tear_down_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (failure.empty()) return;
    tear_down_failed_ = true;
    out_.problem(failure);
  }

  member_starter& starter_;
  console& out_;
  run_record* record_;
  const std::chrono::nanoseconds grace_;
  member process_;
  std::map<std::string, set_up> set_ups_;
  std::vector<std::pair<std::string, std::string>> to_tear_down_;  ///< name and payload, in order of their set-up
  std::string cause_of_death_;
  bool cancelled_ = false;
  std::string cause_;
  int steps_ = 0;                ///< by which the set-up that nobody waits for is ended
  moment next_ = moment::max();  ///< when the next one is due
  int tear_downs_started_ = 0;
  bool tearing_down_ = false;
  bool set_up_failed_ = false;
  bool tear_down_failed_ = false;
};

APART_END_NAMESPACE
