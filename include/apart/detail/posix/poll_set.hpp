#pragma once

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

  /// Until one of them is ready, or a signal has been handled.
  void wait() noexcept { static_cast<void>(::poll(waited_.data(), static_cast<nfds_t>(waited_.size()), -1)); }

 private:
  std::vector<pollfd> waited_;
};

}  // namespace detail
APART_END_NAMESPACE
