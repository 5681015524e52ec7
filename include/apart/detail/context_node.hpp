#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <apart/detail/fork.hpp>
#include <apart/detail/signal_mask.hpp>
#include <apart/detail/stop_state.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

class context_node;
void forget_deadline(const context_node& node) noexcept;

/// One node of the tree of contexts. Keeps its ancestors alive; they do not keep it. All but `stop` and what never
/// changes is guarded by `stop_mutex`.
class context_node : public std::enable_shared_from_this<context_node> {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A root, or something whose value is looked for in `parent` but that is not cancelled with it.
  explicit context_node(std::shared_ptr<context_node> parent = nullptr) noexcept : parent_(std::move(parent)) {}

  /// A child of `parent`, which is cancelled with it; at once where the parent is cancelled already.
  static std::shared_ptr<context_node> child_of(std::shared_ptr<context_node> parent) {
    auto child = std::make_shared<context_node>(std::move(parent));
    const std::lock_guard<std::mutex> lock(stop_mutex);
    context_node& above = *child->parent_;
    child->deadline = above.deadline;
    if (above.stop.stopped()) {
      child->code_ = above.code_;
      child->cause_ = above.cause_;
      child->stop.mark();
      return child;
    }
    child->next_ = above.children_;
    child->link_ = &above.children_;
    if (above.children_ != nullptr) above.children_->link_ = &child->next_;
    above.children_ = child.get();
    return child;
  }

  ~context_node() {
    const std::lock_guard<std::mutex> lock(stop_mutex);
    if (timed) forget_deadline(*this);
    if (link_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
  }
  context_node(const context_node&) = delete;
  context_node& operator=(const context_node&) = delete;

  stop_state stop;
  std::optional<time_point> deadline;  ///< its own or the nearest above; set before anyone else sees the node
  bool timed = false;                  ///< the timer knows it

  /// What `with_value` added here.
  const void* value_key = nullptr;
  std::shared_ptr<const void> value;

  const context_node* parent() const noexcept { return parent_.get(); }

  std::errc code() const {
    const std::lock_guard<std::mutex> lock(stop_mutex);
    return code_;
  }
  std::string cause() const {
    const std::lock_guard<std::mutex> lock(stop_mutex);
    return cause_;
  }

  /// Cancels this node and all below it, then runs their callbacks on this thread. The first cause stays.
  void cancel(std::errc code, const std::string& cause) {
    std::vector<std::shared_ptr<context_node>> told;
    {
      const std::lock_guard<std::mutex> lock(stop_mutex);
      mark(code, cause, told);
    }
    for (const auto& node : told) node->stop.run_callbacks();
  }

  /// With `stop_mutex` held. Collects in `told` the nodes whose callbacks are to be run.
  void mark(std::errc code, const std::string& cause, std::vector<std::shared_ptr<context_node>>& told) {
    std::vector<context_node*> left{this};
    while (!left.empty()) {
      context_node& node = *left.back();
      left.pop_back();
      if (!node.stop.mark()) continue;
      node.code_ = code;
      node.cause_ = cause;
      node.changed_.notify_all();
      if (node.stop.has_callbacks()) told.push_back(node.shared_from_this());
      for (context_node* child = node.children_; child != nullptr; child = child->next_) left.push_back(child);
    }
  }

  /// Until it is cancelled, or that moment has come. True: it is cancelled.
  bool wait_until(time_point moment) const {
    std::unique_lock<std::mutex> lock(stop_mutex);
    const auto cancelled = [this] { return stop.stopped(); };
    if (moment != time_point::max()) return changed_.wait_until(lock, moment, cancelled);
    changed_.wait(lock, cancelled);
    return true;
  }

 private:
  const std::shared_ptr<context_node> parent_;
  std::errc code_{};
  std::string cause_;
  mutable std::condition_variable changed_;
  context_node* children_ = nullptr;
  context_node* next_ = nullptr;
  context_node** link_ = nullptr;  // what points to this one; null while nothing does
};

/// The deadlines of the process. One thread marks what has expired, another runs the callbacks, so that a slow callback
/// delays no deadline. Both start with the first deadline, take no signals, and are never waited for. A forked child has
/// neither, until it asks for a deadline of its own.
class context_timer {
 public:
  static context_timer& of_this_process() {
    static auto* timer = new context_timer;
    return *timer;
  }

  void add(const std::shared_ptr<context_node>& node, context_node::time_point deadline, std::string cause) {
    const std::lock_guard<std::mutex> lock(stop_mutex);
    const auto added = deadlines_.emplace(std::make_pair(deadline, node.get()), std::make_pair(node, std::move(cause)));
    node->timed = true;
    if (owner_ != process_generation()) {
      owner_ = process_generation();
      threads_ = new threads;
      const all_signals_blocked inherited_by_the_threads;
      std::thread([this, mine = threads_] { watch(*mine); }).detach();
      std::thread([this, mine = threads_] { tell(*mine); }).detach();
    } else if (added.first == deadlines_.begin()) {
      threads_->earlier.notify_one();
    }
  }

  /// With `stop_mutex` held.
  void forget(const context_node& node) noexcept {
    deadlines_.erase(std::make_pair(*node.deadline, const_cast<context_node*>(&node)));
  }

 private:
  struct threads {
    std::condition_variable earlier;
    std::condition_variable expired;
    std::vector<std::shared_ptr<context_node>> to_tell;
  };

  [[noreturn]] void watch(threads& mine) {
    std::unique_lock<std::mutex> lock(stop_mutex);
    for (;;) {
      if (deadlines_.empty()) {
        mine.earlier.wait(lock);
        continue;
      }
      const auto first = deadlines_.begin();
      if (first->first.first > std::chrono::steady_clock::now()) {
        mine.earlier.wait_until(lock, context_node::time_point(first->first.first));
        continue;
      }
      std::shared_ptr<context_node> node = first->second.first.lock();
      const std::string cause = std::move(first->second.second);
      first->first.second->timed = false;
      deadlines_.erase(first);
      if (node != nullptr) node->mark(std::errc::timed_out, cause, mine.to_tell);
      mine.expired.notify_one();
      lock.unlock();  // the last reference may be ours, and its end takes the lock
      node.reset();
      lock.lock();
    }
  }

  [[noreturn]] void tell(threads& mine) {
    std::unique_lock<std::mutex> lock(stop_mutex);
    for (;;) {
      mine.expired.wait(lock, [&] { return !mine.to_tell.empty(); });
      std::vector<std::shared_ptr<context_node>> told = std::exchange(mine.to_tell, {});
      lock.unlock();
      for (const auto& node : told) node->stop.run_callbacks();
      told.clear();
      lock.lock();
    }
  }

  std::map<std::pair<context_node::time_point, context_node*>, std::pair<std::weak_ptr<context_node>, std::string>>
      deadlines_;
  std::uint64_t owner_ = 0;
  threads* threads_ = nullptr;
};

inline void forget_deadline(const context_node& node) noexcept { context_timer::of_this_process().forget(node); }

}  // namespace detail
APART_END_NAMESPACE
