#pragma once

#include <cerrno>
#include <cstddef>

#include <apart/version.hpp>

#include <sys/socket.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// How messages call an open socket.
inline int number_of(int descriptor) noexcept { return descriptor; }

/// For a socket that this process has got from who started it: what to use of it.
inline int inherited_socket(int socket) noexcept { return socket; }

enum class patience : unsigned char { waits, does_not_wait };

/// What was done in place of a number of bytes.
inline constexpr std::ptrdiff_t nothing_now = -1, peer_is_gone = -2;

/// How many bytes were sent, at least one, or one of those two.
inline std::ptrdiff_t send_some(int socket, const char* bytes, std::size_t size, patience how) noexcept {
  const int flags = MSG_NOSIGNAL | (how == patience::waits ? 0 : MSG_DONTWAIT);
  for (;;) {
    const ssize_t count = ::send(socket, bytes, size, flags);
    if (count >= 0) return count;
    if (errno == EAGAIN) return nothing_now;
    if (errno != EINTR) return peer_is_gone;
  }
}

inline std::ptrdiff_t receive_some(int socket, char* bytes, std::size_t room, patience how) noexcept {
  for (;;) {
    const ssize_t count = ::recv(socket, bytes, room, how == patience::waits ? 0 : MSG_DONTWAIT);
    if (count > 0) return count;
    if (count == 0) return peer_is_gone;
    if (errno == EAGAIN) return nothing_now;
    if (errno != EINTR) return peer_is_gone;
  }
}

inline void shut_down_socket(int socket) noexcept { ::shutdown(socket, SHUT_RDWR); }
inline void close_socket(int socket) noexcept { ::close(socket); }

}  // namespace detail
APART_END_NAMESPACE
