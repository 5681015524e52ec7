#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <apart/detail/random.hpp>
#include <apart/detail/windows/descriptor.hpp>
#include <apart/detail/windows/text.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/transport.hpp>

// As <winsock2.h> has them: SOCKET is an unsigned integer of a pointer's size. They are in ws2_32, which who uses ports
// links (CMake does).
struct sockaddr;
struct WSAData;
struct _WSAPROTOCOL_INFOW;
extern "C" __declspec(dllimport) int __stdcall WSAStartup(unsigned short version, WSAData* found);
extern "C" __declspec(dllimport) int __stdcall WSAGetLastError();
extern "C" __declspec(dllimport) std::uintptr_t
    __stdcall WSASocketW(int family, int type, int protocol, _WSAPROTOCOL_INFOW* like, unsigned group,
                         unsigned long flags);
extern "C" __declspec(dllimport) int __stdcall bind(std::uintptr_t socket, const sockaddr* address, int size);
extern "C" __declspec(dllimport) int __stdcall setsockopt(std::uintptr_t socket, int level, int option,
                                                          const char* value, int size);
extern "C" __declspec(dllimport) int __stdcall closesocket(std::uintptr_t socket);

APART_BEGIN_NAMESPACE
namespace detail {

/// The error number of <cerrno> for one of Windows Sockets.
constexpr int socket_error_number(int code) noexcept {
  switch (code) {
    case 10013:  // WSAEACCES
      return EACCES;
    case 10024:  // WSAEMFILE
      return EMFILE;
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

/// Owns one socket, which what this process starts does not inherit. Movable.
class owned_socket {
 public:
  using native = std::uintptr_t;  ///< SOCKET

  owned_socket() = default;
  owned_socket(owned_socket&& other) noexcept : socket_(std::exchange(other.socket_, none)) {}
  owned_socket& operator=(owned_socket&& other) noexcept {
    owned_socket taken(std::move(other));
    std::swap(socket_, taken.socket_);
    return *this;
  }
  ~owned_socket() { close(); }

  explicit operator bool() const noexcept { return socket_ != none; }
  native release() noexcept { return std::exchange(socket_, none); }
  void close() noexcept {
    if (socket_ != none) ::closesocket(std::exchange(socket_, none));
  }

  /// 0 or an error number.
  int open(int family, int type) noexcept {
    constexpr unsigned long overlapped_not_inherited = 0x81;  // WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT
    static const int started = [] {
      alignas(16) unsigned char found[512];  // WSADATA
      return ::WSAStartup(0x0202, reinterpret_cast<WSAData*>(found));
    }();
    close();
    if (started != 0) return socket_error_number(started);
    socket_ = ::WSASocketW(family, type, 0, nullptr, 0, overlapped_not_inherited);
    return socket_ != none ? 0 : socket_error_number(::WSAGetLastError());
  }
  int set(int level, int option, int value) noexcept {
    const auto* const bytes = reinterpret_cast<const char*>(&value);
    return ::setsockopt(socket_, level, option, bytes, sizeof value) == 0 ? 0
                                                                          : socket_error_number(::WSAGetLastError());
  }
  template <class Address>
  int bind(const Address& address) noexcept {
    const auto* const given = reinterpret_cast<const sockaddr*>(&address);
    return ::bind(socket_, given, sizeof address) == 0 ? 0 : socket_error_number(::WSAGetLastError());
  }

 private:
  static constexpr native none = ~native{0};

  native socket_ = none;
};

/// A port number that one process has among all of its machine.
///
/// Two objects hold it. An event with a name (CreateEventW, in the namespace that all sessions share), of which no file is
/// left, is the lease: it keeps away whoever asks for a port in this way, also when nothing is bound. A socket that is
/// bound to the port with SO_EXCLUSIVEADDRUSE keeps everybody else away. Owner: this object; Windows frees both with the
/// process, however it ends. Not inherited.
class leased_port {
 public:
  using native = owned_socket::native;

  leased_port() = default;
  leased_port(leased_port&& other) noexcept
      : number_(std::exchange(other.number_, std::uint16_t{0})),
        taken_(std::exchange(other.taken_, false)),
        name_(std::move(other.name_)),
        socket_(std::move(other.socket_)) {}
  leased_port& operator=(leased_port&& other) noexcept {
    leased_port taken(std::move(other));
    std::swap(number_, taken.number_);
    std::swap(taken_, taken.taken_);
    std::swap(name_, taken.name_);
    std::swap(socket_, taken.socket_);
    return *this;
  }
  ~leased_port() = default;

  std::uint16_t number() const noexcept { return number_; }

  /// One from 10000 on, below those that Windows gives to clients (49152, RFC 6335), that is nobody else's.
  fault find(transport over) { return find(10000, 49151, over); }

  /// One of these.
  fault find(std::uint16_t first, std::uint16_t last, transport over) {
    const std::string range = std::to_string(first) + " to " + std::to_string(last);
    if (first == 0 || first > last) {
      return {std::make_error_code(std::errc::invalid_argument), "port: " + range + " is no range of port numbers"};
    }
    const std::string what = over == transport::tcp ? "TCP port" : "UDP port";
    const std::uint64_t count = std::uint64_t{last} - first + 1;
    const std::uint64_t start = random_bits() % count;
    std::uint64_t forbidden = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto port = static_cast<std::uint16_t>(first + (start + i) % count);
      const int code = lease(port, over);
      if (code == 0) return {};
      if (code == EACCES) ++forbidden;
      if (code != EACCES && code != EADDRINUSE) return system_fault(code, what + ' ' + std::to_string(port));
    }
    return {std::make_error_code(std::errc::address_in_use),
            "no free " + what + ": " + std::to_string(count - forbidden) + " are taken and " +
                std::to_string(forbidden) + " kept by the system, of all from " + range +
                "; another range can be asked for: apart::port(first, last)"};
  }

  native take_socket() {
    check("take_socket");
    if (!socket_) raise(error(resource() + ": take_socket: its socket was taken or released before"));
    taken_ = true;
    return socket_.release();
  }

  std::uint16_t release() {
    if (number_ == 0) return 0;
    if (taken_) {
      raise(error(resource() + ": release: its socket was taken, and holds the port until it is closed"));
    }
    socket_.close();
    return number_;
  }

 private:
  std::string resource() const { return "port " + std::to_string(number_); }

  void check(const char* asked) const {
    if (number_ == 0) raise(error(std::string("port: ") + asked + ": it was moved to another object"));
  }

  int lease(std::uint16_t port, transport over) {
    int code = take_name(port, over);
    if (code == 0) code = open_socket(port, over);
    if (code != 0) {
      socket_.close();
      name_.close();
      return code;
    }
    number_ = port;
    return 0;
  }

  /// Another user's of that name refuses access.
  int take_name(std::uint16_t port, transport over) {
    constexpr unsigned long exists = 183;  // ERROR_ALREADY_EXISTS
    const std::string transport_name = over == transport::tcp ? "tcp-" : "udp-";
    const std::wstring name = wide("Global\\apart-port-" + transport_name + std::to_string(port));
    ::SetLastError(0);
    name_ = descriptor(::CreateEventW(nullptr, 1, 0, name.c_str()));
    const unsigned long code = ::GetLastError();
    if (!name_) return code == access_denied ? EADDRINUSE : error_number(code);
    return code == exists ? EADDRINUSE : 0;
  }

  /// Bound in both families; where the system has no IPv6, in the other one.
  int open_socket(std::uint16_t port, transport over) {
    constexpr int version_4 = 2, version_6 = 23;  // AF_INET, AF_INET6
    constexpr int any_level = 0xffff, exclusive = -5, ipv6 = 41,
                  only_ipv6 = 27;                     // SOL_SOCKET, SO_EXCLUSIVEADDRUSE, ...
    const int type = over == transport::tcp ? 1 : 2;  // SOCK_STREAM, SOCK_DGRAM
    const auto in_network_order = static_cast<std::uint16_t>(port << 8 | port >> 8);
    struct {
      std::uint16_t family;
      std::uint16_t port;
      unsigned char rest[24];
    } address_6{version_6, in_network_order, {}};  // sockaddr_in6
    struct {
      std::uint16_t family;
      std::uint16_t port;
      unsigned char rest[12];
    } address_4{version_4, in_network_order, {}};  // sockaddr_in
    int code = socket_.open(version_6, type);
    if (code == 0) code = socket_.set(any_level, exclusive, 1);
    if (code == 0) code = socket_.set(ipv6, only_ipv6, 0);
    if (code == 0) code = socket_.bind(address_6);
    if (code != EAFNOSUPPORT && code != EADDRNOTAVAIL) return code;
    code = socket_.open(version_4, type);
    if (code == 0) code = socket_.set(any_level, exclusive, 1);
    return code == 0 ? socket_.bind(address_4) : code;
  }

  std::uint16_t number_ = 0;
  bool taken_ = false;
  descriptor name_;
  owned_socket socket_;  // closed first: whoever gets the name next finds the port free
};

}  // namespace detail
APART_END_NAMESPACE
