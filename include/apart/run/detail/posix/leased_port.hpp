#pragma once

#include <bitset>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/system.hpp>
#include <apart/detail/posix/unforked_descriptor.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/port_search.hpp>
#include <apart/run/detail/transport.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A set of port numbers as Linux writes it: "8080,9000-9010", or "32768\t60999" for a range.
using port_set = std::bitset<65536>;

/// The text of a file below /proc/sys/net, which speaks of the network namespace of who reads it. "" where it cannot be
/// read. Such a file gives what one read takes, and no more to the next.
inline std::string network_setting(const char* path) {
  const descriptor file(sys::open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  for (std::size_t size = 4096; file && size <= std::size_t{1} << 20; size *= 16) {
    text.resize(size);
    const ssize_t got = sys::pread(file.get(), text.data(), size, 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (text.size() < size) break;
  }
  return text;
}

/// Adds what `text` lists to `ports`. `between`: what stands between the ends of a range.
inline void add_ports(port_set& ports, std::string_view text, char between) {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::size_t first = 0;
  for (auto read = std::from_chars(at, end, first); read.ec == std::errc(); read = std::from_chars(at, end, first)) {
    at = read.ptr;
    std::size_t last = first;
    if (at != end && *at == between) at = std::from_chars(at + 1, end, last).ptr;
    for (std::size_t port = first; port <= last && port < ports.size(); ++port) ports.set(port);
    if (at != end) ++at;
  }
}

/// Those that the kernel gives to whoever connects without a port of his own, and those that an administrator keeps for
/// a service.
inline port_set ports_of_others() {
  port_set ports;
  const std::string ephemeral = network_setting("/proc/sys/net/ipv4/ip_local_port_range");
  add_ports(ports, ephemeral.empty() ? "32768\t60999" : std::string_view(ephemeral), '\t');
  add_ports(ports, network_setting("/proc/sys/net/ipv4/ip_local_reserved_ports"), '-');
  return ports;
}

/// A port number that one process has among all of its network namespace.
///
/// Two sockets hold it. A UNIX socket with an abstract name (unix(7)), which no file stands for and no permission guards,
/// is the lease: it keeps away whoever asks for a port in this way, also when nothing is bound. A socket that is bound to
/// the port keeps everybody else away. Neither has SO_REUSEADDR or listens, so that nothing of them is left when they are
/// closed. The name is the same in all versions of the library, and of the type SOCK_STREAM, since each type has names
/// of its own. Owner, threads, fork and exec: as `unforked_descriptor`.
class leased_port {
 public:
  using native = int;

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

  /// One from 10000 on that is nobody else's.
  fault find(transport over) {
    const port_set others = ports_of_others();
    std::vector<std::uint16_t> ports;
    for (std::size_t port = 10000; port < others.size(); ++port) {
      if (!others.test(port)) ports.push_back(static_cast<std::uint16_t>(port));
    }
    return find_among(ports, over,
                      "from 10000 on, outside of net.ipv4.ip_local_port_range and ip_local_reserved_ports; another "
                      "range can be asked for: apart::port(first, last)");
  }

  /// One of these.
  fault find(std::uint16_t first, std::uint16_t last, transport over) {
    std::vector<std::uint16_t> ports;
    const fault no_range = ports_in_range(first, last, ports);
    return no_range ? no_range : find_among(ports, over, "from " + text_of_range(first, last));
  }

  int take_socket() {
    check("take_socket");
    if (!socket_) raise(error(resource() + ": take_socket: its socket was taken or released before"));
    taken_ = true;
    return socket_.release();
  }

  std::uint16_t release() {
    if (number_ == 0) return 0;
    check("release");
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
    if (!name_) raise(error(resource() + ": " + asked + ": a forked child holds nothing of its parent's port"));
  }

  fault find_among(const std::vector<std::uint16_t>& ports, transport over, const std::string& where) {
    return lease_one_of(ports, over, where, "forbidden to this user",
                        [&](std::uint16_t port) { return lease(port, over); });
  }

  int lease(std::uint16_t port, transport over) {
    int code = name_.open([] { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); });
    if (code == 0) code = bind_name(port, over);
    if (code == 0) code = open_socket(port, over);
    if (code != 0) {
      socket_.close();
      name_.close();
      return code;
    }
    number_ = port;
    return 0;
  }

  int bind_name(std::uint16_t port, transport over) const {
    const std::string name = (over == transport::tcp ? "apart-port-tcp-" : "apart-port-udp-") + std::to_string(port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, name.size());  // after a null byte: abstract
    return bind_to(name_, &address, offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }

  /// Bound in both families; where the system has no IPv6, in the other one.
  int open_socket(std::uint16_t port, transport over) {
    const int type = (over == transport::tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
    int code = socket_.open([&] { return ::socket(AF_INET6, type, 0); });
    if (code == 0) code = bind_both(port);
    if (code != EAFNOSUPPORT && code != EADDRNOTAVAIL) return code;
    code = socket_.open([&] { return ::socket(AF_INET, type, 0); });
    if (code != 0) return code;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    return bind_to(socket_, &address, sizeof address);
  }

  int bind_both(std::uint16_t port) const {
    const int only_version_6 = 0;
    if (::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_version_6, sizeof only_version_6) != 0) {
      return errno;
    }
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    return bind_to(socket_, &address, sizeof address);
  }

  static int bind_to(const unforked_descriptor& socket, const void* address, std::size_t size) {
    return ::bind(socket.get(), static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) == 0 ? 0 : errno;
  }

  std::uint16_t number_ = 0;
  bool taken_ = false;
  unforked_descriptor name_;
  unforked_descriptor socket_;  // closed first: whoever gets the name next finds the port free
};

}  // namespace detail
APART_END_NAMESPACE
