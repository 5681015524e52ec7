#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/windows/descriptor.hpp>
#include <apart/detail/windows/sockets.hpp>
#include <apart/detail/windows/text.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/port_search.hpp>
#include <apart/run/detail/transport.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

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
    std::vector<std::uint16_t> ports;
    const fault no_range = ports_in_range(first, last, ports);
    if (no_range) return no_range;
    return lease_one_of(
        ports, over,
        "from " + text_of_range(first, last) + "; another range can be asked for: apart::port(first, last)",
        "kept by the system", [&](std::uint16_t port) { return lease(port, over); });
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
