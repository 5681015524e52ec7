#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include <apart/context/cancelled_error.hpp>
#include <apart/context/stop_token.hpp>
#include <apart/detail/context_node.hpp>
#include <apart/detail/saturate.hpp>

APART_BEGIN_NAMESPACE

class scoped_context;
namespace detail {
class scoped_current;
}

/// Says for how long something is still wanted: a run, a process, a test, one request. Cancelled from the outside in,
/// never the other way round. After Go's package context (https://pkg.go.dev/context).
///
///     apart::scoped_context limited = apart::with_timeout(apart::this_test::ctx(), 2s, "the login");
///     client.login(limited);        // takes a const context&
///
/// A context is cancelled, with an error and a cause, or it is not, and then will not be uncancelled. The first cause
/// stays. A cancel marks the whole tree below before it returns, then runs the callbacks on the cancelling thread, with no
/// lock held; a deadline marks on a thread of its own and runs callbacks on a second one.
///
/// Cheap to copy: copies are the same context. Threads: any. Fork: a child has its own copy, and a cancel in one process
/// is not seen in the other; deadlines that were set before the fork expire there once the child sets one.
class context {
 public:
  using clock = std::chrono::steady_clock;

  /// Never cancelled.
  [[nodiscard]] static context background();
  /// This process's: cancelled by the run's end, an interrupt, the launcher.
  [[nodiscard]] static context process();
  /// That of the set-up, test or clean-up that runs in this process; else `process()`.
  [[nodiscard]] static context current();

  [[nodiscard]] bool cancelled() const noexcept { return node_->stop.stopped(); }
  /// None, std::errc::operation_canceled, or std::errc::timed_out where a deadline has passed.
  [[nodiscard]] std::error_code error() const {
    return cancelled() ? std::make_error_code(node_->code()) : std::error_code();
  }
  /// Why; "" while not cancelled.
  [[nodiscard]] std::string cause() const { return cancelled() ? node_->cause() : std::string(); }
  /// The nearest of its own and all above.
  [[nodiscard]] std::optional<clock::time_point> deadline() const noexcept { return node_->deadline; }
  [[nodiscard]] stop_token token() const noexcept {
    return stop_token(std::shared_ptr<detail::stop_state>(node_, &node_->stop));
  }

  void throw_if_cancelled() const {
    if (cancelled()) detail::raise(cancelled_error(error(), cause()));
  }

  /// False: woken by the cancellation.
  template <class Rep, class Period>
  bool sleep_for(std::chrono::duration<Rep, Period> how_long) const {
    return !node_->wait_until(detail::from_now(how_long));
  }
  /// Until it is cancelled.
  void wait() const { node_->wait_until(clock::time_point::max()); }
  /// Until it is cancelled, or so long. True: it is cancelled.
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> how_long) const {
    return node_->wait_until(detail::from_now(how_long));
  }

  /// The nearest value of that type, here or above; null where there is none. Good while this context lives.
  template <class T>
  [[nodiscard]] const T* value() const& noexcept {
    for (const detail::context_node* node = node_.get(); node != nullptr; node = node->parent()) {
      if (node->value_key == &key_of<T>) return static_cast<const T*>(node->value.get());
    }
    return nullptr;
  }
  template <class T>
  void value() const&& = delete;

  /// The same, and a value that everything below it can look up.
  template <class T>
  [[nodiscard]] context with_value(T value) const {
    auto node = detail::context_node::child_of(node_);
    node->value = std::make_shared<const T>(std::move(value));
    node->value_key = &key_of<T>;
    return context(std::move(node));
  }

  /// Its values, and nothing else of it: no cancellation, no deadline.
  [[nodiscard]] context without_cancel() const { return context(std::make_shared<detail::context_node>(node_)); }

  context(const context&) = default;
  context& operator=(const context&) = default;
  context(const scoped_context& other) noexcept;  // the same context, without the right to cancel it
  context(scoped_context&&) = delete;             // would be cancelled at the semicolon
  context(const scoped_context&&) = delete;
  context& operator=(scoped_context&&) = delete;
  context& operator=(const scoped_context&&) = delete;

  friend bool operator==(const context& left, const context& right) noexcept { return left.node_ == right.node_; }
  friend bool operator!=(const context& left, const context& right) noexcept { return !(left == right); }

 protected:
  explicit context(std::shared_ptr<detail::context_node> node) noexcept : node_(std::move(node)) {}

  std::shared_ptr<detail::context_node> node_;

 private:
  friend class on_cancel;
  friend class detail::scoped_current;
  friend scoped_context with_cancel(const context&);
  friend scoped_context with_deadline(const context&, clock::time_point, std::string);
  template <class T>
  static constexpr char key_of = 0;
};

/// A context that ends with this object: it cancels its tree in its destructor, and when it is assigned over. What the
/// functions below make; hold it in a variable, and hand out `const context&`.
///
/// Movable; a moved-from one may still be asked, and cancels nothing when it goes.
class [[nodiscard]] scoped_context : public context {
 public:
  [[nodiscard]] scoped_context(scoped_context&& other) noexcept
      : context(other.node_), owns_(std::exchange(other.owns_, false)) {}
  scoped_context& operator=(scoped_context&& other) noexcept {
    if (this != &other) {
      end();
      node_ = other.node_;
      owns_ = std::exchange(other.owns_, false);
    }
    return *this;
  }
  ~scoped_context() { end(); }

  /// Cancels it and all below. Any thread, any number of times: the first cause stays.
  void cancel(std::string cause = {}) {
    node_->cancel(std::errc::operation_canceled, cause.empty() ? "cancelled" : std::move(cause));
  }

  template <class T>
  [[nodiscard]] context with_value(T value) const& {
    return context::with_value(std::move(value));
  }
  template <class T>
  context with_value(T) && = delete;

 private:
  friend scoped_context with_cancel(const context&);
  friend scoped_context with_deadline(const context&, clock::time_point, std::string);
  explicit scoped_context(std::shared_ptr<detail::context_node> node) noexcept : context(std::move(node)) {}

  void end() noexcept {
    if (owns_) node_->cancel(std::errc::operation_canceled, "its scope has ended");
  }

  bool owns_ = true;
};

inline context::context(const scoped_context& other) noexcept : node_(other.node_) {}

/// A child of `parent` that can be cancelled.
[[nodiscard]] inline scoped_context with_cancel(const context& parent = context::current()) {
  return scoped_context(detail::context_node::child_of(parent.node_));
}

/// A child that is cancelled at that moment, with std::errc::timed_out and `cause`. The parent's earlier deadline wins;
/// one that has passed is cancelled at once.
[[nodiscard]] inline scoped_context with_deadline(const context& parent, std::chrono::steady_clock::time_point moment,
                                                  std::string cause = {}) {
  auto node = detail::context_node::child_of(parent.node_);
  const bool earlier = moment < node->deadline.value_or(context::clock::time_point::max());
  if (earlier && !node->stop.stopped()) {
    if (cause.empty()) cause = "its deadline has passed";
    node->deadline = moment;
    if (moment <= context::clock::now()) {
      node->cancel(std::errc::timed_out, cause);
    } else {
      detail::context_timer::of_this_process().add(node, moment, std::move(cause));
    }
  }
  return scoped_context(std::move(node));
}

/// The same, so long from now: any duration; one too long to count is for ever, a negative one has passed.
template <class Rep, class Period>
[[nodiscard]] scoped_context with_timeout(const context& parent, std::chrono::duration<Rep, Period> how_long,
                                          std::string cause = {}) {
  return with_deadline(parent, detail::from_now(how_long), std::move(cause));
}

// The parent would be cancelled at the semicolon, and its child with it.
scoped_context with_cancel(const scoped_context&& parent) = delete;
scoped_context with_deadline(const scoped_context&& parent, std::chrono::steady_clock::time_point,
                             std::string = {}) = delete;
template <class Rep, class Period>
scoped_context with_timeout(const scoped_context&& parent, std::chrono::duration<Rep, Period>,
                            std::string = {}) = delete;

namespace detail {

/// The contexts that everyone in the process sees. Never destroyed: a static destructor may still ask.
struct process_contexts {
  std::shared_ptr<context_node> background = std::make_shared<context_node>();
  std::shared_ptr<context_node> process = context_node::child_of(background);
  std::shared_ptr<context_node> current;  ///< null: that of the process
  void (*watcher)() = nullptr;            ///< told, once, when somebody first asks for that of the process
  bool asked = false;

  static process_contexts& instance() {
    static auto* contexts = new process_contexts;
    return *contexts;
  }
};

/// For the upper rooms: what `context::current()` is for a scope.
class scoped_current {
 public:
  explicit scoped_current(const context& now) { before_ = replace(now.node_); }
  ~scoped_current() { replace(std::move(before_)); }
  scoped_current(const scoped_current&) = delete;
  scoped_current& operator=(const scoped_current&) = delete;

 private:
  static std::shared_ptr<context_node> replace(std::shared_ptr<context_node> now) {
    const std::lock_guard<std::mutex> lock(stop_mutex);
    return std::exchange(process_contexts::instance().current, std::move(now));
  }

  std::shared_ptr<context_node> before_;
};

inline void cancel_process_context(const std::string& cause) {
  process_contexts::instance().process->cancel(std::errc::operation_canceled, cause);
}

/// `started` is called once: when somebody first asks for the process's context, or now where somebody has.
inline void watch_process_context(void (*started)()) {
  process_contexts& contexts = process_contexts::instance();
  std::unique_lock<std::mutex> lock(stop_mutex);
  if (!contexts.asked) {
    contexts.watcher = started;
    return;
  }
  lock.unlock();
  started();
}

}  // namespace detail

inline context context::background() { return context(detail::process_contexts::instance().background); }

inline context context::process() {
  detail::process_contexts& contexts = detail::process_contexts::instance();
  std::unique_lock<std::mutex> lock(detail::stop_mutex);
  contexts.asked = true;
  void (*const watcher)() = std::exchange(contexts.watcher, nullptr);
  lock.unlock();
  if (watcher != nullptr) watcher();
  return context(contexts.process);
}

inline context context::current() {
  detail::process_contexts& contexts = detail::process_contexts::instance();
  std::unique_lock<std::mutex> lock(detail::stop_mutex);
  if (contexts.current != nullptr) return context(contexts.current);
  lock.unlock();
  return process();
}

APART_END_NAMESPACE
