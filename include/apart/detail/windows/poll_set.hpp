#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include <apart/detail/windows/stream_socket.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Sockets to wait for with WSAPoll; at least one.
class poll_set {
 public:
  void add(int descriptor, bool also_writable) {
    const int wanted = also_writable ? polled_socket::readable | polled_socket::writable : polled_socket::readable;
    waited_.push_back({socket_of(descriptor), static_cast<short>(wanted)});
  }

  /// Until one of them is ready, or that moment has come.
  void wait_until(std::chrono::steady_clock::time_point moment) noexcept {
    using namespace std::chrono;
    int patience = -1;
    if (moment != (steady_clock::time_point::max)()) {
      const auto left = ceil<milliseconds>(moment - steady_clock::now()).count();
      patience = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));  // then the caller asks again
    }
    ::WSAPoll(reinterpret_cast<pollfd*>(waited_.data()), static_cast<unsigned long>(waited_.size()), patience);
  }

 private:
  std::vector<polled_socket> waited_;
};

}  // namespace detail
APART_END_NAMESPACE
