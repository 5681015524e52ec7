#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <apart/context/detail/stop_state.hpp>

APART_BEGIN_NAMESPACE

/// stop_token, stop_source and stop_callback as the standard has them since C++20 ([thread.stoptoken]), for C++17 too.
/// Always these types, whatever the language version, so that parts of a program compiled as either may exchange them.
///
/// Threads: any, for every function. A callback runs on the thread that requests the stop, with no lock held, or at once
/// in the constructor when the stop has been requested; the destructor of stop_callback waits for one that runs on
/// another thread, not for its own. What a callback throws ends the program.
///
/// Fork: a child has copies, and a stop requested in one process is not seen in the other. A callback belongs to the
/// process that registered it and is never called in a child: it might end there what the parent still uses.
class stop_token {
 public:
  stop_token() noexcept = default;

  [[nodiscard]] bool stop_requested() const noexcept { return state_ != nullptr && state_->stopped(); }
  [[nodiscard]] bool stop_possible() const noexcept {
    return state_ != nullptr && (state_->stopped() || state_->sources.load(std::memory_order_relaxed) != 0);
  }

  void swap(stop_token& other) noexcept { state_.swap(other.state_); }
  friend void swap(stop_token& left, stop_token& right) noexcept { left.swap(right); }
  friend bool operator==(const stop_token& left, const stop_token& right) noexcept {
    return left.state_ == right.state_;
  }
  friend bool operator!=(const stop_token& left, const stop_token& right) noexcept { return !(left == right); }

 private:
  friend class stop_source;
  friend class context;
  template <class Callback>
  friend class stop_callback;
  explicit stop_token(std::shared_ptr<detail::stop_state> state) noexcept : state_(std::move(state)) {}

  std::shared_ptr<detail::stop_state> state_;
};

struct nostopstate_t {
  explicit nostopstate_t() = default;
};
inline constexpr nostopstate_t nostopstate{};

class stop_source {
 public:
  stop_source() : state_(std::make_shared<detail::stop_state>()) {
    state_->sources.store(1, std::memory_order_relaxed);
  }
  explicit stop_source(nostopstate_t) noexcept {}
  stop_source(const stop_source& other) noexcept : state_(other.state_) { join(); }
  stop_source(stop_source&& other) noexcept = default;
  stop_source& operator=(stop_source other) noexcept {
    swap(other);
    return *this;
  }
  ~stop_source() {
    if (state_ != nullptr) state_->sources.fetch_sub(1, std::memory_order_relaxed);
  }

  [[nodiscard]] stop_token get_token() const noexcept { return stop_token(state_); }
  [[nodiscard]] bool stop_possible() const noexcept { return state_ != nullptr; }
  [[nodiscard]] bool stop_requested() const noexcept { return state_ != nullptr && state_->stopped(); }

  /// True: this call was the first, and has run all callbacks.
  bool request_stop() noexcept {
    const std::shared_ptr<detail::stop_state> state = state_;  // a callback may destroy this source
    if (state == nullptr || state->stopped()) return false;
    detail::program_lock lock(detail::program_mutex());
    if (state->stopped()) return false;
    state->mark();
    lock.unlock();
    state->run_callbacks();
    return true;
  }

  void swap(stop_source& other) noexcept { state_.swap(other.state_); }
  friend void swap(stop_source& left, stop_source& right) noexcept { left.swap(right); }
  friend bool operator==(const stop_source& left, const stop_source& right) noexcept {
    return left.state_ == right.state_;
  }
  friend bool operator!=(const stop_source& left, const stop_source& right) noexcept { return !(left == right); }

 private:
  void join() const noexcept {
    if (state_ != nullptr) state_->sources.fetch_add(1, std::memory_order_relaxed);
  }

  std::shared_ptr<detail::stop_state> state_;
};

template <class Callback>
class [[nodiscard]] stop_callback : private detail::stop_callback_base {
  static_assert(std::is_invocable_v<Callback>, "apart: a stop_callback is called without arguments");
  static_assert(std::is_destructible_v<Callback>);

 public:
  using callback_type = Callback;

  template <class C, std::enable_if_t<std::is_constructible_v<Callback, C>, int> = 0>
  [[nodiscard]] explicit stop_callback(const stop_token& token,
                                       C&& callback) noexcept(std::is_nothrow_constructible_v<Callback, C>)
      : stop_callback(stop_token(token), std::forward<C>(callback)) {}

  template <class C, std::enable_if_t<std::is_constructible_v<Callback, C>, int> = 0>
  [[nodiscard]] explicit stop_callback(stop_token&& token,
                                       C&& callback) noexcept(std::is_nothrow_constructible_v<Callback, C>)
      : stop_callback_base(&call), callback_(std::forward<C>(callback)), state_(std::move(token.state_)) {
    if (state_ == nullptr || state_->add(*this)) return;
    state_.reset();
    run();
  }

  ~stop_callback() {
    if (state_ != nullptr) state_->remove(*this, true);
  }

 private:
  static void call(stop_callback_base& self) noexcept {
    std::forward<Callback>(static_cast<stop_callback&>(self).callback_)();
  }

  Callback callback_;
  std::shared_ptr<detail::stop_state> state_;
};

template <class Callback>
stop_callback(stop_token, Callback) -> stop_callback<Callback>;

APART_END_NAMESPACE
