#include <apart/apart.hpp>

#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>

using namespace std::chrono_literals;

/// One that never answers.
struct silent_server {
  void wait_for_answer(const apart::stop_token& given_up) {
    std::unique_lock lock(mutex);
    closed.wait(lock, [&] { return is_closed; });
    std::cout << "the server is closed\n" << (given_up.stop_requested() ? "" : "but nobody has given up\n");
  }
  void close() {
    const std::lock_guard lock(mutex);
    is_closed = true;
    closed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable closed;
  bool is_closed = false;
} server;

int main() try {
  // the page's block
  return 0;
} catch (const apart::cancelled_error& cancelled) {
  std::cout << cancelled.what() << '\n';
}
