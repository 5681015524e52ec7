#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "component/sqlite.hpp"
#include "event_store.hpp"

namespace signals {

/// The embedded default: one SQLite file for events and cache, Those who store at the same time share one
/// commit, and so one wait for the disk.
class sqlite_event_store final : public event_store {
 public:
  explicit sqlite_event_store(const std::string& address);

  std::size_t store(const std::vector<fields>& events) override;
  std::vector<fields> find(const std::string& space, const std::string& signal) override;
  void open(const std::string&) override {}
  void close(const std::string& space) override;
  std::string left() override;
  void finish() override;

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
