#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include <apart/context/cancelled_error.hpp>
#include <apart/context/detail/context_node.hpp>
#include <apart/context/detail/context_timer.hpp>
#include <apart/context/detail/context_values.hpp>
#include <apart/context/detail/describe.hpp>
#include <apart/context/detail/process_contexts.hpp>
#include <apart/context/stop_token.hpp>
#include <apart/detail/saturate.hpp>

APART_BEGIN_NAMESPACE

class scoped_context;
namespace detail {
struct context_access;
}

/// Says for how long something is still wanted: a run, a process, a test, one request. Cancelled from the outside in,
/// never the other way round. After Go's package context (https://pkg.go.dev/context).
///
///     apart::scoped_context limited = apart::with_timeout(apart::this_test::ctx(), 2s, "the login took too long");
///     client.login(limited);        // takes a const context&
///
/// A context is cancelled, with an error and a cause, or it is not, and then will not be uncancelled. The first cause
/// stays. A cancel marks the whole tree below before it returns, then runs the callbacks on the cancelling thread, with no
/// lock held; a deadline marks on a thread of its own and runs callbacks on a second one. Who waits is woken, not polled.
///
/// Cheap to copy: copies are the same context, and a moved-from one is too. Threads: any. Exit: nothing is waited for.
/// Fork: a child has its own copy, and a cancel in one process is not seen in the other. A deadline that was set before
/// the fork passes in the child unseen, also by `cancelled()`, until the child makes a context below one, waits, or
/// registers an `on_cancel`: whoever only asks compares `deadline()` with the clock.
/// Errors: `apart::error` where the first deadline of a process finds no thread to be had, and for a duration that is no
/// number (NaN).
class context {
 public:
  using clock = std::chrono::steady_clock;

  /// Never cancelled.
  [[nodiscard]] static context background() noexcept;
  /// This process's: cancelled by the run's end, an interrupt, the launcher.
  [[nodiscard]] static context process() noexcept;
  /// That of the set-up that runs on this thread, or of the test or clean-up that runs in this process; else `process()`.
  [[nodiscard]] static context current() noexcept;

  [[nodiscard]] bool cancelled() const noexcept { return node_->stop.stopped(); }
  /// None, std::errc::operation_canceled, or std::errc::timed_out where a deadline has passed.
  [[nodiscard]] std::error_code error() const noexcept {
    return cancelled() ? std::make_error_code(node_->reason().code) : std::error_code();
  }
  /// Why; "" while not cancelled.
  [[nodiscard]] std::string cause() const { return cancelled() ? node_->reason().text() : std::string(); }
  /// The nearest of its own and all above.
  [[nodiscard]] std::optional<clock::time_point> deadline() const noexcept { return node_->deadline; }
  [[nodiscard]] stop_token token() const noexcept {
    return stop_token(std::shared_ptr<detail::stop_state>(node_, &node_->stop));
  }

  void throw_if_cancelled() const {
    if (cancelled())
      detail::raise(cancelled_error(error(), cause(), node_->reason().when, detail::describe_end(*node_)));
  }

  /// False: woken by the cancellation. A negative time is none.
  template <class Rep, class Period>
  bool sleep_for(std::chrono::duration<Rep, Period> how_long) const {
    return !wait_for(how_long);
  }
  /// Until it is cancelled.
  void wait() const { node_->wait_until((clock::time_point::max)()); }
  /// Until it is cancelled, or so long. True: it is cancelled.
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> how_long) const {
    return node_->wait_until(detail::from_now(how_long));
  }

  /// The nearest value of that type, here or above; null where there is none. Good while this context lives.
  template <class T>
  [[nodiscard]] const T* value() const& noexcept {
    return values_.find<T>();
  }
  template <class T>
  void value() const&& = delete;  // gone at the semicolon: hold the context in a variable

  /// The same, and a value that everything below it can look up by its type: a text is a std::string.
  template <class T>
  [[nodiscard]] context with_value(T value) const {
    static_assert(
        !detail::is_pointer_to_text<T>,
        "apart: with_value keeps a pointer to characters as that pointer, which value<std::string>() does not "
        "find; give it a std::string");
    return context(node_, values_.with(std::move(value)));
  }

  /// Its values, and nothing else of it: no cancellation, no deadline.
  [[nodiscard]] context without_cancel() const {
    return context(detail::process_contexts::instance().background, values_);
  }

  context(const context&) noexcept = default;
  context& operator=(const context&) noexcept = default;
  context(const scoped_context& other) noexcept;  // the same context, without the right to cancel it
  // Compilers print the line of what is deleted, and so the way out.
  context(scoped_context&&) = delete;                   // ends at the semicolon: hold or return it as a scoped_context
  context(const scoped_context&&) = delete;             // ends at the semicolon: hold or return it as a scoped_context
  context& operator=(scoped_context&&) = delete;        // ends at the semicolon: hold or return it as a scoped_context
  context& operator=(const scoped_context&&) = delete;  // ends at the semicolon: hold or return it as a scoped_context

  /// The same cancellation and the same values.
  friend bool operator==(const context& left, const context& right) noexcept {
    return left.node_ == right.node_ && left.values_ == right.values_;
  }
  friend bool operator!=(const context& left, const context& right) noexcept { return !(left == right); }

  /// For people: background > run > process "worker 2" > test "stores a record" (deadline in 4.9 s)
  friend std::string to_string(const context& shown) { return detail::describe(*shown.node_); }
  friend std::ostream& operator<<(std::ostream& out, const context& shown) { return out << to_string(shown); }

 protected:
  explicit context(std::shared_ptr<detail::context_node> node, detail::context_values values = {}) noexcept
      : node_(std::move(node)), values_(std::move(values)) {}

  std::shared_ptr<detail::context_node> node_;
  detail::context_values values_;

 private:
  friend detail::context_access;
};

/// A context that ends with this object: it cancels its tree in its destructor, and when it is assigned over. What the
/// functions below make; hold it in a variable, and hand out `const context&`.
///
/// A function must not return one as a `context`: g++ 12 accepts `return local;` there in C++17, and the caller gets a
/// context that has ended. Movable; a moved-from one may still be asked, and cancels nothing.
class [[nodiscard]] scoped_context : public context {
 public:
  [[nodiscard]] scoped_context(scoped_context&& other) noexcept
      : context(other.node_, other.values_), owns_(std::exchange(other.owns_, false)) {}
  scoped_context& operator=(scoped_context&& other) noexcept {
    if (this != &other) {
      end();
      node_ = other.node_;
      values_ = other.values_;
      owns_ = std::exchange(other.owns_, false);
    }
    return *this;
  }
  ~scoped_context() { end(); }

  /// Cancels it and all below. Any thread, any number of times: the first cause stays.
  void cancel(std::string cause = {}) {
    if (owns_) node_->cancel("cancelled", detail::shared_unless_empty(std::move(cause)));
  }

  template <class T>
  [[nodiscard]] context with_value(T value) const& {
    return context::with_value(std::move(value));
  }
  template <class T>
  context with_value(T) && = delete;  // cancelled at the semicolon: hold the scoped_context in a variable

 private:
  friend detail::context_access;
  scoped_context(std::shared_ptr<detail::context_node> node, detail::context_values values) noexcept
      : context(std::move(node), std::move(values)) {}

  void end() noexcept {
    if (owns_) node_->cancel("its scope has ended");
  }

  bool owns_ = true;
};

inline context::context(const scoped_context& other) noexcept : node_(other.node_), values_(other.values_) {}

namespace detail {

/// What the rooms of the library may do with contexts, and users may not.
struct context_access {
  static const std::shared_ptr<context_node>& node(const context& of) noexcept { return of.node_; }

  /// A child with a label for people: see context_node.
  static scoped_context child_of(const context& parent, const char* kind, shared_text name = nullptr,
                                 context::clock::time_point deadline = (context::clock::time_point::max)(),
                                 shared_text cause = nullptr) {
    return scoped_context(context_node::child_of(parent.node_, kind, std::move(name), deadline, std::move(cause)),
                          parent.values_);
  }
};

}  // namespace detail

/// A child of `parent` that can be cancelled.
[[nodiscard]] inline scoped_context with_cancel(const context& parent = context::current()) {
  return detail::context_access::child_of(parent, "with_cancel");
}

/// A child that is cancelled at that moment, with std::errc::timed_out and `cause`. The parent's earlier deadline wins;
/// one that has passed is cancelled at once.
[[nodiscard]] inline scoped_context with_deadline(const context& parent, std::chrono::steady_clock::time_point moment,
                                                  std::string cause = {}) {
  const detail::shared_text shared = detail::shared_unless_empty(std::move(cause));
  return detail::context_access::child_of(parent, "with_deadline", shared, moment, shared);
}

/// The same, so long from now: any duration; one too long to count is for ever, a negative one has passed.
template <class Rep, class Period>
[[nodiscard]] scoped_context with_timeout(const context& parent, std::chrono::duration<Rep, Period> how_long,
                                          std::string cause = {}) {
  return with_deadline(parent, detail::from_now(how_long), std::move(cause));
}

scoped_context with_cancel(const scoped_context&&) = delete;  // ends at the semicolon: hold the parent in a variable
scoped_context with_deadline(const scoped_context&&,          // ends at the semicolon: hold the parent in a variable
                             std::chrono::steady_clock::time_point, std::string = {}) = delete;
template <class Rep, class Period>
scoped_context with_timeout(const scoped_context&&,  // ends at the semicolon: hold the parent in a variable
                            std::chrono::duration<Rep, Period>, std::string = {}) = delete;

inline context context::background() noexcept { return context(detail::process_contexts::instance().background); }
inline context context::process() noexcept { return context(detail::process_contexts::instance().process()); }
inline context context::current() noexcept { return context(detail::process_contexts::instance().current()); }

APART_END_NAMESPACE
