#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <apart/context/detail/stop_state.hpp>
#include <apart/detail/intrusive_list.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

class context_node;
using shared_text = std::shared_ptr<const std::string>;

inline shared_text shared_unless_empty(std::string text) {
  return text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text));
}

/// The earliest first.
using deadline_set = std::set<std::pair<std::chrono::steady_clock::time_point, context_node*>>;

// What context_timer.hpp does, with `program_mutex` held.
void add_deadline(context_node& node);
void forget_deadline(context_node& node) noexcept;
void watch_deadlines();

/// Why a context is cancelled, and since when.
struct cancellation {
  std::errc code{};
  const char* usual_cause = "";
  shared_text cause;  ///< null: the usual one
  std::chrono::steady_clock::time_point when;

  std::string text() const { return cause != nullptr ? *cause : usual_cause; }
};

/// Nodes that have been cancelled and whose functions are still to be called, in order.
class cancelled_nodes {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  void push_back(std::shared_ptr<context_node> node) noexcept;
  void run_callbacks() noexcept;

 private:
  std::shared_ptr<context_node> first_;
  context_node* last_ = nullptr;
};

/// One node of the tree of contexts. Keeps those above it alive; they do not keep it. What changes is guarded by
/// `program_mutex`, but for `stop`.
class context_node : public std::enable_shared_from_this<context_node>, public list_hook<context_node> {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `what` is a literal; `which` tells this one from others of its kind, and may be null.
  context_node(std::shared_ptr<context_node> parent, const char* what, shared_text which) noexcept
      : kind(what), name(std::move(which)), parent_(std::move(parent)) {
    if (parent_ != nullptr) stop.sources.store(1, std::memory_order_relaxed);  // whoever may cancel it, or those above
  }

  static std::shared_ptr<context_node> root(const char* kind) {
    return std::make_shared<context_node>(nullptr, kind, nullptr);
  }

  /// A child, which is cancelled with `parent`, at once where that is cancelled already; and at `deadline`, with
  /// `cause`, unless the parent's is earlier.
  static std::shared_ptr<context_node> child_of(const std::shared_ptr<context_node>& parent, const char* kind,
                                                shared_text name = nullptr, time_point deadline = (time_point::max)(),
                                                shared_text cause = nullptr) {
    auto child = std::make_shared<context_node>(parent, kind, std::move(name));
    const program_lock lock(program_mutex());
    child->deadline = parent->deadline;
    if (parent->stop.stopped()) {
      child->end(parent->reason_);
      return child;
    }
    if (deadline < parent->deadline.value_or((time_point::max)())) {
      child->deadline = deadline;
      child->deadline_cause_ = std::move(cause);
      if (deadline <= std::chrono::steady_clock::now()) {
        child->end(child->expired());
        return child;
      }
      add_deadline(*child);
    }
    if (child->deadline) watch_deadlines();
    parent->children_.push_front(*child);
    return child;
  }

  /// Lets go of those above one by one, not in a call inside a call for each of them.
  ~context_node() {
    std::shared_ptr<context_node> above = leave();
    while (above != nullptr && above.use_count() == 1) above = above->leave();
  }
  context_node(const context_node&) = delete;
  context_node& operator=(const context_node&) = delete;

  stop_state stop;
  std::optional<time_point> deadline;           ///< its own or the nearest above; never changes
  std::optional<deadline_set::iterator> timed;  ///< where the timer has it
  const char* const kind;
  shared_text name;
  std::shared_ptr<void> in_std;  ///< what interop/stop_token.hpp keeps with it

  const context_node* parent() const noexcept { return parent_.get(); }
  /// Of one that is cancelled: never changes any more, and needs no lock.
  const cancellation& reason() const noexcept { return reason_; }

  /// Cancels this node and all below it, then runs their callbacks on this thread. The first cause stays. Asks nothing
  /// without the lock: who is marking this node may not have marked all below it yet.
  void cancel(const char* usual_cause, shared_text cause = nullptr) noexcept {
    cancelled_nodes told;
    {
      const program_lock lock(program_mutex());
      mark({std::errc::operation_canceled, usual_cause, std::move(cause), std::chrono::steady_clock::now()}, told);
    }
    told.run_callbacks();
  }

  /// At its deadline, with `program_mutex` held.
  void expire(cancelled_nodes& told) noexcept { mark(expired(), told); }

  /// Until it is cancelled, or that moment has come. True: it is cancelled.
  bool wait_until(time_point moment) {
    watch_deadline();
    return stop.wait_until(moment);
  }

  /// Before anybody waits: a forked child may have no thread yet that sees to its deadlines.
  void watch_deadline() {
    if (!deadline) return;
    const program_lock lock(program_mutex());
    watch_deadlines();
  }

 private:
  friend class cancelled_nodes;

  /// Takes it out of the tree and returns what was its parent. Nothing is below it any more.
  std::shared_ptr<context_node> leave() noexcept {
    const program_lock lock(program_mutex());
    if (timed) forget_deadline(*this);
    if (listed()) intrusive_list<context_node>::erase(*this);
    return std::move(parent_);
  }

  cancellation expired() const noexcept {
    return {std::errc::timed_out, "its deadline has passed", deadline_cause_, std::chrono::steady_clock::now()};
  }

  void end(const cancellation& reason) noexcept {
    reason_ = reason;
    stop.mark();
  }

  /// With `program_mutex` held: cancels the whole tree, and collects in `told` the nodes that have callbacks.
  void mark(const cancellation& reason, cancelled_nodes& told) noexcept {
    context_node* node = this;
    for (;;) {
      context_node* below = nullptr;
      if (!node->stop.stopped()) {
        if (node->timed) forget_deadline(*node);
        node->end(reason);
        if (node->stop.has_callbacks()) told.push_back(node->weak_from_this().lock());
        below = node->children_.first();
      }
      if (below == nullptr) {
        while (node != this && node->next() == nullptr) node = node->parent_.get();
        if (node == this) return;
        below = node->next();
      }
      node = below;
    }
  }

  std::shared_ptr<context_node> parent_;
  intrusive_list<context_node> children_;
  shared_text deadline_cause_;
  cancellation reason_;
  std::shared_ptr<context_node> next_told_;
};

inline void cancelled_nodes::push_back(std::shared_ptr<context_node> node) noexcept {
  if (node == nullptr) return;  // nobody is left who could be waiting for its callbacks
  context_node* const added = node.get();
  (last_ != nullptr ? last_->next_told_ : first_) = std::move(node);
  last_ = added;
}

inline void cancelled_nodes::run_callbacks() noexcept {
  while (first_ != nullptr) {
    const std::shared_ptr<context_node> node = std::exchange(first_, std::exchange(first_->next_told_, nullptr));
    node->stop.run_callbacks();
  }
  last_ = nullptr;
}

}  // namespace detail
APART_END_NAMESPACE
