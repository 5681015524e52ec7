#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "component/fields.hpp"
#include "component/sqlite.hpp"

namespace signals {

/// The audit events, durable and in order, and the cache of those that have been seen. The embedded default: one SQLite
/// file for both. Any thread; those who store at the same time share one commit, and so one wait for the disk.
class event_store {
 public:
  explicit event_store(const std::string& address);

  /// Returns when the events are on disk: how many of them were new.
  std::size_t store(const std::vector<fields>& events);
  std::vector<fields> find(const std::string& space, const std::string& signal);
  /// Waits for the commit that is under way. Who stores after that waits for ever.
  void close();

 private:
  struct request {
    const std::vector<fields>& events;
    std::size_t stored = 0;
    bool done = false;
    std::exception_ptr problem;
  };

  void commit(const std::vector<request*>& requests);
  bool insert(const fields& event);

  database database_;
  database reader_;  ///< a connection of its own sees only what is committed
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<request*> waiting_;
  bool committing_ = false;
};

}  // namespace signals
