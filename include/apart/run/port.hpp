#pragma once

#include <cstdint>

#include <apart/error.hpp>
#include <apart/run/detail/leased_port.hpp>
#include <apart/run/detail/transport.hpp>

APART_BEGIN_NAMESPACE

/// A TCP or UDP port for a server of the test's own, which nobody else on the machine gets.
///
///     apart::port port;                          // a server in this process: there is no moment for a thief
///     const int socket = port.take_socket();
///     ::listen(socket, 16);
///
///     apart::port port;                          // a server that binds by itself
///     start_server("--port", port.release());
///
/// Leased among all processes of all users: by a UNIX socket whose abstract name tells the port and its transport, and by
/// a socket that is bound to the port on all addresses, of IPv4 and IPv6 alike where the system has both, and does not
/// listen. A program that knows nothing of the library cannot bind the port either, with or without SO_REUSEADDR.
/// Which: from 10000 on, at random, outside of what the kernel gives to clients (net.ipv4.ip_local_port_range) and what
/// an administrator keeps for others (ip_local_reserved_ports); so that after `release` the port goes to nobody who does
/// not name it. Free means that a server without SO_REUSEADDR can bind it at once.
/// Scope: the network namespace of the process that asks, as that of the port. Owner: one object in one process. Moving
/// moves the lease; a moved-from object does nothing, and its number is 0.
/// Destruction: the port can be leased again at once, unless who has its socket keeps that open. Crash: likewise, since
/// the kernel closes the sockets of a killed process; there is nothing to sweep.
/// Fork: a child holds nothing of it, so that a child that outlives its parent keeps no lease; its copy does nothing. If
/// the child is to serve, take the socket before the fork. A child by raw clone or _Fork keeps the lease while it lives.
/// What another thread is just forking or spawning has the sockets until it runs, or executes: do not `release` meanwhile.
/// Exec: held by nobody else; the taken socket, too, is close-on-exec.
/// Threads: distinct objects from any; one object from one at a time. Cancellation: never waits.
/// Errors: `apart::error`, if no port is free or the system gives no socket. A hostile process that has bound our names
/// makes us pass over those ports.
/// Linux, for its abstract names; and Windows: leased by a named event in the namespace of all sessions, bound with
/// SO_EXCLUSIVEADDRUSE, from 10000 to 49151, and the socket is a SOCKET that is not inherited.
class [[nodiscard]] port {
 public:
  [[nodiscard]] port() : port(transport::tcp) {}
  [[nodiscard]] explicit port(transport over) { detail::raise_if(lease_.find(over)); }

  /// One from `first` to `last`, both included, in whatever range those are.
  [[nodiscard]] port(std::uint16_t first, std::uint16_t last, transport over = transport::tcp) {
    detail::raise_if(lease_.find(first, last, over));
  }

  std::uint16_t number() const noexcept { return lease_.number(); }

  /// Hands over the bound socket, which is the caller's to listen on and to close; the lease stays. Who listens on it is
  /// reached on every address of the machine, by 127.0.0.1 and by ::1. An `apart::error` if it was taken or released.
  [[nodiscard]] detail::leased_port::native take_socket() { return lease_.take_socket(); }

  /// Closes the bound socket, for a server that binds `number()` by itself, which it returns; the lease stays and keeps
  /// away all who ask for a port in this way. The second time does nothing. An `apart::error` if the socket was taken.
  std::uint16_t release() { return lease_.release(); }

 private:
  detail::leased_port lease_;
};

APART_END_NAMESPACE
