#pragma once

#include <algorithm>
#include <chrono>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// How long one who has exceeded its limit has to come to its end before the next stronger means: as long as the limit
/// was, ten seconds at most.
constexpr std::chrono::nanoseconds grace_after(std::chrono::nanoseconds limit) noexcept {
  return std::min<std::chrono::nanoseconds>(limit, std::chrono::seconds(10));
}

/// The time of the test that a worker runs: says when it is to be named, asked to end, and killed. Measures nothing
/// itself: every moment is handed in.
class test_clock {
 public:
  using moment = std::chrono::steady_clock::time_point;
  using duration = std::chrono::nanoseconds;

  enum class due { nothing, to_be_named, to_be_asked, to_be_killed };

  /// `limit`: after which a test's context expires, duration::max() for none; a test is named each `slow`.
  test_clock(duration limit, duration slow) noexcept : limit_(limit), slow_(slow) {}

  void start(moment now) noexcept {
    began_ = now;
    named_ = 0;
    stage_ = 0;
    paused_ = duration(0);
    running_ = true;
  }
  void stop() noexcept { running_ = false; }

  /// The test was stopped for that long.
  void shift(duration paused) noexcept { paused_ += paused; }
  /// How long in all.
  duration paused() const noexcept { return paused_; }

  bool running() const noexcept { return running_; }
  /// As if it had never been stopped.
  moment began() const noexcept { return began_ + paused_; }
  /// Whether it has been asked to end, or killed, for its limit.
  bool exceeded() const noexcept { return stage_ > 0; }

  /// What is due at that moment, once. It is asked to end one grace after the limit, and killed after another.
  due take(moment now) noexcept {
    if (!running_) return due::nothing;
    if (stage_ < 2 && now >= stage_begins()) return ++stage_ == 1 ? due::to_be_asked : due::to_be_killed;
    if (now < naming()) return due::nothing;
    named_ = (now - began()) / slow_;
    return due::to_be_named;
  }

  /// When to ask again.
  moment next() const noexcept {
    if (!running_) return moment::max();
    return stage_ < 2 ? std::min(stage_begins(), naming()) : naming();
  }

 private:
  /// Never, where the clock cannot count so far.
  moment after(duration wait) const noexcept { return wait > moment::max() - began() ? moment::max() : began() + wait; }

  moment stage_begins() const noexcept {
    if (limit_ == duration::max()) return moment::max();
    return after(limit_ > duration::max() / 2 ? duration::max() : limit_ + (stage_ + 1) * grace_after(limit_));
  }

  moment naming() const noexcept {
    return slow_ > duration::max() / (named_ + 1) ? moment::max() : after((named_ + 1) * slow_);
  }

  duration limit_;
  duration slow_;
  moment began_{};
  long named_ = 0;  ///< how often
  duration paused_{0};
  int stage_ = 0;  ///< 1: asked to end, 2: killed
  bool running_ = false;
};

}  // namespace detail
APART_END_NAMESPACE
