#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "policy.hpp"

namespace signals {

/// A policy that follows its file: replaced, rewritten, or on a mounted volume whose `..data` link is swapped. A new
/// text is compiled first, and takes over only if it is valid; otherwise the former policy stays, and the refusal is
/// counted. Without a file the policy has no rules. A thread watches the directory, which must exist.
class policy_file {
 public:
  explicit policy_file(std::filesystem::path file);
  ~policy_file();

  /// The policy of this moment. Any thread; it stays whole while it is held.
  std::shared_ptr<const policy> current() const;
  /// How many versions of the file were refused.
  unsigned refused() const { return refused_; }

 private:
  void load();
  void watch();

  std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::shared_ptr<const policy> current_;
  std::string refused_hash_;
  std::atomic<unsigned> refused_{0};
  int changes_ = -1;  ///< inotify
  int end_ = -1;      ///< eventfd: readable when the thread is to end
  std::thread watcher_;
};

}  // namespace signals
