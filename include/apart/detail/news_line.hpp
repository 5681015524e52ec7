#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <apart/detail/connection.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/signal_mask.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The second socket between the launcher and a process that it started: what may arrive while a test runs. A thread of
/// its own reads it, with every signal blocked, and only from the moment when somebody waits for something: a process
/// that asks for nothing stays single-threaded.
///
/// One per process; any thread. A forked child has none: its copy is closed.
class news_line {
 public:
  using handler = void (*)(wire_reader& news);

  static news_line& of_this_process() {
    static news_line* line = [] {
      auto* made = new news_line;
      at_fork([] { of_this_process().sending_.lock(); }, [] { of_this_process().sending_.unlock(); },
              [] {
                of_this_process().line_.close();
                of_this_process().sending_.unlock();
              });
      return made;
    }();
    return *line;
  }

  /// Who is told of set-ups, and who of the end of the run. Set before `listen`.
  void on_payload(handler told) noexcept { payload_.store(told); }
  void on_cancel(handler told) noexcept { cancel_.store(told); }

  /// Starts the reading thread, once. An `apart::error` where the system gives none; the next call tries again.
  void listen() {
    if (line_.closed() || listening_.exchange(true)) return;
    attempt(
        [this] {
          const all_signals_blocked inherited_by_the_thread;
          std::thread([this] { read(); }).detach();
        },
        [this](const char* failure) {
          listening_.store(false);
          raise(error(std::string("to hear from the launcher takes a thread, and the system gives none: ") + failure +
                      "; raise the limit of processes (ulimit -u) or of memory"));
        });
  }

  /// False: there is no launcher, or none any more.
  bool send(wire_writer news) {
    const std::lock_guard<std::mutex> lock(sending_);
    return line_.send(std::move(news));
  }

 private:
  news_line() : line_(inherited_socket(launched_as().news)) {}

  void read() {
    while (auto news = line_.receive()) {
      const handler told = news->kind() == message::cancel ? cancel_.load() : payload_.load();
      if (told != nullptr) told(*news);
    }
    wire_reader gone(wire_writer(message::cancel).text("the launcher is gone").bytes().substr(4));
    if (const handler told = cancel_.load()) told(gone);
    wire_reader lost(wire_writer(message::payload).text("").bytes().substr(4));
    if (const handler told = payload_.load()) told(lost);
  }

  connection line_;
  std::mutex sending_;
  std::atomic<bool> listening_{false};
  std::atomic<handler> payload_{nullptr};
  std::atomic<handler> cancel_{nullptr};
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool news_line_exists = (news_line::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE
