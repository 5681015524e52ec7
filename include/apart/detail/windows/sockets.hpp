#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <apart/detail/windows/api.hpp>
#include <apart/error.hpp>

// As <winsock2.h> has them: SOCKET is an unsigned integer of a pointer's size. They are in ws2_32, which CMake links.
struct pollfd;
struct sockaddr;
struct WSAData;
struct _WSAPROTOCOL_INFOW;

#define APART_OF_SOCKETS extern "C" __declspec(dllimport)
#define APART_CALL __stdcall

APART_OF_SOCKETS int APART_CALL WSAStartup(unsigned short version, WSAData* found);
APART_OF_SOCKETS int APART_CALL WSAGetLastError();
APART_OF_SOCKETS std::uintptr_t APART_CALL WSASocketW(int family, int type, int protocol, _WSAPROTOCOL_INFOW* like,
                                                      unsigned group, unsigned long flags);
APART_OF_SOCKETS int APART_CALL WSADuplicateSocketW(std::uintptr_t socket, unsigned long process,
                                                    _WSAPROTOCOL_INFOW* found);
APART_OF_SOCKETS int APART_CALL WSAPoll(pollfd* sockets, unsigned long count, int milliseconds);
APART_OF_SOCKETS int APART_CALL bind(std::uintptr_t socket, const sockaddr* address, int size);
APART_OF_SOCKETS int APART_CALL listen(std::uintptr_t socket, int most);
APART_OF_SOCKETS std::uintptr_t APART_CALL accept(std::uintptr_t socket, sockaddr* address, int* size);
APART_OF_SOCKETS int APART_CALL connect(std::uintptr_t socket, const sockaddr* address, int size);
APART_OF_SOCKETS int APART_CALL getsockname(std::uintptr_t socket, sockaddr* address, int* size);
APART_OF_SOCKETS int APART_CALL setsockopt(std::uintptr_t socket, int level, int option, const char* value, int size);
APART_OF_SOCKETS int APART_CALL ioctlsocket(std::uintptr_t socket, long command, unsigned long* argument);
APART_OF_SOCKETS int APART_CALL send(std::uintptr_t socket, const char* bytes, int size, int flags);
APART_OF_SOCKETS int APART_CALL recv(std::uintptr_t socket, char* bytes, int size, int flags);
APART_OF_SOCKETS int APART_CALL shutdown(std::uintptr_t socket, int how);
APART_OF_SOCKETS int APART_CALL closesocket(std::uintptr_t socket);

#undef APART_CALL
#undef APART_OF_SOCKETS

APART_BEGIN_NAMESPACE
namespace detail {

/// The error number of <cerrno> for one of Windows Sockets.
constexpr int socket_error_number(int code) noexcept {
  switch (code) {
    case 10013:  // WSAEACCES
      return EACCES;
    case 10024:  // WSAEMFILE
      return EMFILE;
    case 10035:  // WSAEWOULDBLOCK
      return EAGAIN;
    case 10047:  // WSAEAFNOSUPPORT
    case 10041:  // WSAEPROTOTYPE
    case 10043:  // WSAEPROTONOSUPPORT
      return EAFNOSUPPORT;
    case 10048:  // WSAEADDRINUSE
      return EADDRINUSE;
    case 10049:  // WSAEADDRNOTAVAIL
      return EADDRNOTAVAIL;
    case 10055:  // WSAENOBUFS
      return ENOMEM;
    default:
      return EIO;
  }
}

inline int last_socket_error() noexcept { return socket_error_number(::WSAGetLastError()); }

/// Once in a process, before its first socket. 0 or an error number.
inline int start_sockets() noexcept {
  static const int started = [] {
    alignas(16) unsigned char found[512];  // WSADATA
    return ::WSAStartup(0x0202, reinterpret_cast<WSAData*>(found));
  }();
  return started == 0 ? 0 : socket_error_number(started);
}

/// Owns one socket, which what this process starts does not inherit. Movable.
class owned_socket {
 public:
  using native = std::uintptr_t;  ///< SOCKET
  static constexpr native none = ~native{0};

  owned_socket() = default;
  explicit owned_socket(native socket) noexcept : socket_(socket) {}
  owned_socket(owned_socket&& other) noexcept : socket_(std::exchange(other.socket_, none)) {}
  owned_socket& operator=(owned_socket&& other) noexcept {
    owned_socket taken(std::move(other));
    std::swap(socket_, taken.socket_);
    return *this;
  }
  ~owned_socket() { close(); }

  native get() const noexcept { return socket_; }
  explicit operator bool() const noexcept { return socket_ != none; }
  native release() noexcept { return std::exchange(socket_, none); }
  void close() noexcept {
    if (socket_ != none) ::closesocket(std::exchange(socket_, none));
  }

  /// 0 or an error number.
  int open(int family, int type) noexcept {
    constexpr unsigned long overlapped_not_inherited = 0x81;  // WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT
    close();
    if (const int code = start_sockets()) return code;
    socket_ = ::WSASocketW(family, type, 0, nullptr, 0, overlapped_not_inherited);
    return socket_ != none ? 0 : last_socket_error();
  }
  int set(int level, int option, int value) noexcept {
    const auto* const bytes = reinterpret_cast<const char*>(&value);
    return ::setsockopt(socket_, level, option, bytes, sizeof value) == 0 ? 0 : last_socket_error();
  }
  template <class Address>
  int bind(const Address& address) noexcept {
    const auto* const given = reinterpret_cast<const sockaddr*>(&address);
    return ::bind(socket_, given, sizeof address) == 0 ? 0 : last_socket_error();
  }

 private:
  native socket_ = none;
};

/// From now on nothing waits in it.
inline void never_wait_in(owned_socket::native socket) noexcept {
  unsigned long wanted = 1;
  ::ioctlsocket(socket, static_cast<long>(0x8004667e), &wanted);  // FIONBIO
}

/// sockaddr_in.
struct address_of_version_4 {
  std::uint16_t family = 2;  ///< AF_INET
  std::uint16_t port = 0;    ///< in the network's order, as what follows
  unsigned char host[4] = {127, 0, 0, 1};
  unsigned char zero[8] = {};

  bool operator==(const address_of_version_4& other) const noexcept {
    return family == other.family && port == other.port && host[0] == other.host[0] && host[1] == other.host[1] &&
           host[2] == other.host[2] && host[3] == other.host[3];
  }
};

/// Two stream sockets that are connected with one another and nobody else, by 127.0.0.1: who else connects meanwhile is turned
/// away, by his address. Neither is inherited. 0 or an error number.
inline int connect_pair(std::array<owned_socket, 2>& ends) noexcept {
  constexpr int stream = 1, any_level = 0xffff, exclusive = -5;  // SOCK_STREAM, SOL_SOCKET, SO_EXCLUSIVEADDRUSE
  constexpr int tcp = 6, no_delay = 1;                           // IPPROTO_TCP, TCP_NODELAY
  address_of_version_4 here, there, caller;
  int size = sizeof here;
  owned_socket listening;
  int code = listening.open(here.family, stream);
  if (code == 0) code = listening.set(any_level, exclusive, 1);
  if (code == 0) code = listening.bind(here);
  if (code == 0 && ::listen(listening.get(), 8) != 0) code = last_socket_error();
  if (code == 0 && ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&here), &size) != 0) {
    code = last_socket_error();
  }
  if (code == 0) code = ends[0].open(here.family, stream);
  if (code == 0 && ::connect(ends[0].get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
    code = last_socket_error();
  }
  size = sizeof there;
  if (code == 0 && ::getsockname(ends[0].get(), reinterpret_cast<sockaddr*>(&there), &size) != 0) {
    code = last_socket_error();
  }
  while (code == 0 && !(caller == there)) {
    size = sizeof caller;
    ends[1] = owned_socket(::accept(listening.get(), reinterpret_cast<sockaddr*>(&caller), &size));
    if (!ends[1]) code = last_socket_error();
  }
  for (owned_socket& end : ends) {
    if (code == 0) code = end.set(tcp, no_delay, 1);
  }
  return code;
}

}  // namespace detail
APART_END_NAMESPACE
