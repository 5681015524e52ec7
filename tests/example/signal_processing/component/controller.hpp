#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "audit.hpp"
#include "cancellation.hpp"
#include "client.hpp"
#include "enricher.hpp"
#include "policy_file.hpp"

namespace signals {

/// Turns signals into classified records: takes them from a queue and leads each through its phases,
///
///     pending → enriching → classifying → completed, or failed
///
/// writing each phase to the store before its work begins, and the whole story to the audit before the last one.
/// Stops when its context does: what is being worked on fails, what waits in the queue stays as it is.
class controller {
 public:
  struct options {
    unsigned threads = 2;
    unsigned attempts = 3;  ///< to classify a signal
    bool classify_clusters = true;
  };

  controller(client& objects, const policy_file& policies, cancellation context, options chosen);
  ~controller();

  void submit(const std::string& space, const std::string& name);
  /// Whether its context has ended it. No signal is worked on any more.
  bool has_stopped() const;

 private:
  struct failure;

  void work();
  void reconcile(data_service& records, const std::string& space, const std::string& name);
  void advance(signal& about, audit& trail, const cancellation& context);
  void classify(signal& about, const surroundings& around, audit& trail, const cancellation& context);
  void decide(signal& about, const surroundings& around, const cancellation& context);
  std::string region_of(const std::string& cluster);
  void enter(signal& about, phase next, audit& trail);

  client& objects_;
  const policy_file& policies_;
  const cancellation context_;
  const options options_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::string, std::string>> queue_;  ///< namespace and name
  bool ended_ = false;
  unsigned at_work_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace signals
