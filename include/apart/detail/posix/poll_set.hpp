#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include <apart/version.hpp>

#include <poll.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Descriptors to wait for with poll(2).
class poll_set {
 public:
  void add(int descriptor, bool also_writable) {
    waited_.push_back({descriptor, static_cast<short>(also_writable ? POLLIN | POLLOUT : POLLIN), 0});
  }

  /// Until one of them is ready, a signal has been handled, or that moment has come.
  void wait_until(std::chrono::steady_clock::time_point moment) noexcept {
    using namespace std::chrono;
    int patience = -1;
    if (moment != steady_clock::time_point::max()) {
      const auto left = ceil<milliseconds>(moment - steady_clock::now()).count();
      patience = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));  // then the caller asks again
    }
    static_cast<void>(::poll(waited_.data(), static_cast<nfds_t>(waited_.size()), patience));
  }

 private:
  std::vector<pollfd> waited_;
};

/// Whether something can be read from it at once, be it its end.
inline bool is_readable(int descriptor) noexcept {
  pollfd one{descriptor, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace detail
APART_END_NAMESPACE
