#pragma once

#include <map>
#include <optional>
#include <string>

#include <apart/context/context.hpp>
#include <apart/context/detail/raise_cancelled.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/detail/news_line.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/set_up_entry.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The set-ups that a worker asks the launcher for, and the keeper for what its set-ups stand on. Each is asked for once per
/// process; any number of threads wait.
class remote_set_ups {
 public:
  static remote_set_ups& of_this_process() {
    static auto* set_ups = new remote_set_ups;
    return *set_ups;
  }

  /// Blocks until the launcher has answered or `waiting` is cancelled. Nothing: this process, the keeper, is to set it up
  /// itself. Throws what went wrong with the set-up.
  std::optional<std::string> get(const set_up_entry& entry, const context& waiting) {
    const on_cancel wake(waiting, [this] {
      const program_lock lock(program_mutex());
      answered_.notify_all();
    });
    news_line& line = news_line::of_this_process();
    line.listen();
    program_lock lock(program_mutex());
    const auto [found, first_asked] = answers_.try_emplace(entry.name());
    const answer& mine = found->second;
    if (first_asked) {
      lock.unlock();
      line.send(wire_writer(message::need).text(entry.name()));
      lock.lock();
    }
    answered_.wait(lock, [&] { return mine.known || gone_ || waiting.cancelled(); });
    if (mine.known && mine.is_for_keeper) return std::nullopt;
    if (mine.known && mine.ready) return mine.bytes;
    if (mine.known) raise(error(mine.bytes));
    if (gone_) raise(error(entry.label() + ": the launcher is gone"));
    lock.unlock();
    raise_cancelled(
        waiting, entry.label() + ": " + describe_end(*context_access::node(waiting)) + "; it has not been set up yet");
  }

 private:
  struct answer {
    bool known = false;
    bool is_for_keeper = false;
    bool ready = false;
    std::string bytes;  ///< the payload, or what went wrong
  };

  remote_set_ups() {
    news_line::of_this_process().on_payload([](wire_reader& news) { of_this_process().take(news); });
  }

  void take(wire_reader& news) {
    const std::string name = news.text();
    const program_lock lock(program_mutex());
    if (name.empty()) {
      gone_ = true;
    } else {
      answer& decided = answers_[name];
      decided.is_for_keeper = news.kind() == message::yours;
      decided.ready = !decided.is_for_keeper && news.number() != 0;
      if (!decided.is_for_keeper) decided.bytes = news.text();
      decided.known = true;
    }
    answered_.notify_all();
  }

  waiting_threads answered_;
  std::map<std::string, answer> answers_;
  bool gone_ = false;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool remote_set_ups_exist = (remote_set_ups::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE
