#pragma once

#include <algorithm>
#include <chrono>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// How long one who has exceeded its limit has to come to its end before the next stronger means: as long as the limit
/// was, but a tenth of a second at least and ten seconds at most.
constexpr std::chrono::nanoseconds grace_after(std::chrono::nanoseconds limit) noexcept {
  return std::clamp<std::chrono::nanoseconds>(limit, std::chrono::milliseconds(100), std::chrono::seconds(10));
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
    began_ = part_began_ = now;
    named_ = 0;
    stage_ = 0;
    spared_ = false;
    running_ = true;
  }
  void stop() noexcept { running_ = false; }

  /// The test goes on with a part that has the whole limit once more. Of no effect once it has been asked to end.
  void renew(moment now) noexcept { part_began_ = now; }
  /// The test has no limit any more.
  void spare() noexcept { spared_ = true; }
  /// The test was stopped for that long.
  void shift(duration paused) noexcept {
    began_ += paused;
    part_began_ += paused;
    asked_ += paused;
  }

  bool running() const noexcept { return running_; }
  /// As if it had never been stopped.
  moment began() const noexcept { return began_; }
  bool spared() const noexcept { return spared_; }
  /// Whether it has been asked to end, or killed, for its limit.
  bool exceeded() const noexcept { return stage_ > 0 && !spared_; }

  /// What is due at that moment, once. It is asked to end one grace after the limit, and killed after another.
  due take(moment now) noexcept {
    if (!running_) return due::nothing;
    if (now >= next_stage()) {
      asked_ = now;
      return ++stage_ == 1 ? due::to_be_asked : due::to_be_killed;
    }
    if (now < naming()) return due::nothing;
    named_ = (now - began_) / slow_;
    return due::to_be_named;
  }

  /// When to ask again.
  moment next() const noexcept { return running_ ? std::min(next_stage(), naming()) : moment::max(); }

 private:
  moment next_stage() const noexcept {
    if (limit_ == duration::max() || spared_ || stage_ == 2) return moment::max();
    return stage_ == 1 ? asked_ + grace_after(limit_) : after(after(part_began_, limit_), grace_after(limit_));
  }

  moment naming() const noexcept {
    return slow_ > duration::max() / (named_ + 1) ? moment::max() : after(began_, (named_ + 1) * slow_);
  }

  /// Never, where the clock cannot count so far.
  static moment after(moment begin, duration wait) noexcept {
    return wait > moment::max() - begin ? moment::max() : begin + wait;
  }

  duration limit_;
  duration slow_;
  moment began_{};
  moment part_began_{};
  moment asked_{};           ///< when it was asked to end
  duration::rep named_ = 0;  ///< how often
  int stage_ = 0;            ///< 1: asked to end, 2: killed
  bool spared_ = false;
  bool running_ = false;
};

}  // namespace detail
APART_END_NAMESPACE
