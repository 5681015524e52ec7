#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <apart/detail/windows/child_api.hpp>
#include <apart/detail/windows/sockets.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// Sockets as messages go by them: each is one from `connect_pair`, as a number of 32 bits.

inline owned_socket::native socket_of(int number) noexcept {
  return reinterpret_cast<owned_socket::native>(handle_of(number));
}

/// WSAPOLLFD.
struct polled_socket {
  static constexpr short readable = 0x0300, writable = 0x0010;  // POLLIN, POLLOUT

  owned_socket::native socket;
  short wanted;
  short found = 0;
};

inline void wait_for_socket(int number, short wanted) noexcept {
  polled_socket one{socket_of(number), wanted};
  ::WSAPoll(reinterpret_cast<pollfd*>(&one), 1, -1);
}

/// For a socket whose handle this process has inherited: one that Windows Sockets know in it, too (WSADuplicateSocketW),
/// not inherited; the handle stays open. -1 of -1. Some other number where that fails: who uses it finds that its peer is gone.
inline int inherited_socket(int number) noexcept {
  constexpr int by_description = -1;                        // FROM_PROTOCOL_INFO
  constexpr unsigned long overlapped_not_inherited = 0x81;  // WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT
  if (number < 0 || start_sockets() != 0) return number;
  alignas(16) unsigned char description[1024];  // WSAPROTOCOL_INFOW
  auto* const described = reinterpret_cast<_WSAPROTOCOL_INFOW*>(description);
  if (::WSADuplicateSocketW(socket_of(number), ::GetCurrentProcessId(), described) != 0) return number;
  const owned_socket::native made =
      ::WSASocketW(by_description, by_description, by_description, described, 0, overlapped_not_inherited);
  if (made == owned_socket::none) return number;
  make_inheritable(static_cast<int>(made), false);
  return static_cast<int>(made);
}

enum class patience : unsigned char { waits, does_not_wait };

/// What was done in place of a number of bytes.
inline constexpr std::ptrdiff_t nothing_now = -1, peer_is_gone = -2;

/// How many bytes were sent, at least one, or one of those two.
inline std::ptrdiff_t send_some(int number, const char* bytes, std::size_t size, patience how) noexcept {
  if (how == patience::does_not_wait) never_wait_in(socket_of(number));
  for (;;) {
    const int count = ::send(socket_of(number), bytes, static_cast<int>((std::min)(size, std::size_t{1} << 20)), 0);
    if (count >= 0) return count;
    if (last_socket_error() != EAGAIN) return peer_is_gone;
    if (how == patience::does_not_wait) return nothing_now;
    wait_for_socket(number, polled_socket::writable);
  }
}

inline std::ptrdiff_t receive_some(int number, char* bytes, std::size_t room, patience how) noexcept {
  if (how == patience::does_not_wait) never_wait_in(socket_of(number));
  for (;;) {
    const int count = ::recv(socket_of(number), bytes, static_cast<int>(room), 0);
    if (count > 0) return count;
    if (count == 0 || last_socket_error() != EAGAIN) return peer_is_gone;
    if (how == patience::does_not_wait) return nothing_now;
    wait_for_socket(number, polled_socket::readable);
  }
}

inline void shut_down_socket(int number) noexcept {
  constexpr int both = 2;  // SD_BOTH
  ::shutdown(socket_of(number), both);
}
inline void close_socket(int number) noexcept { ::closesocket(socket_of(number)); }

}  // namespace detail
APART_END_NAMESPACE
