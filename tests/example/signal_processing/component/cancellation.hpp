#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include "error.hpp"

namespace signals {

/// When to give up: once somebody has asked for it, or at a deadline. A view of whatever the caller's program cancels
/// with; copies see the same. `requested` is called from any thread.
struct cancellation {
  using clock = std::chrono::steady_clock;

  std::function<bool()> requested = [] { return false; };
  clock::time_point deadline = clock::time_point::max();

  bool stops() const { return requested() || clock::now() >= deadline; }

  /// Throws `stopped` when it is time to give up `what`.
  void check(const std::string& what) const {
    if (requested()) throw stopped(what + " was cancelled");
    if (clock::now() >= deadline) throw stopped(what + " exceeded its deadline");
  }

  /// The same, but no later than `limit`.
  cancellation by(clock::time_point limit) const { return {requested, std::min(deadline, limit)}; }
};

}  // namespace signals
