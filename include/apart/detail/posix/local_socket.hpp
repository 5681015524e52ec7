#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <apart/detail/posix/descriptor.hpp>

#include <sys/socket.h>
#include <sys/un.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// The address of that path (unix(7)), for `use(socket, address, size)`, which returns as bind and connect do. 0 or an error
/// number; of a path that is too long it is ENAMETOOLONG.
template <class Use>
int open_local_socket(const std::string& path, descriptor& made, Use use) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || use(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return errno;
  made = std::move(socket);
  return 0;
}

/// A stream socket that others find by `path`, whose name is free (else EADDRINUSE). The name stays when it is closed.
inline int listen_at(const std::string& path, descriptor& made) {
  return open_local_socket(path, made, [](int socket, const sockaddr* address, socklen_t size) {
    return ::bind(socket, address, size) == 0 ? ::listen(socket, SOMAXCONN) : -1;
  });
}

/// A socket that is connected with who listens at `path`: ENOENT or ECONNREFUSED where nobody does.
inline int connect_to(const std::string& path, descriptor& made) {
  return open_local_socket(path, made, [](int socket, const sockaddr* address, socklen_t size) {
    int failed = 0;
    do {
      failed = ::connect(socket, address, size);
    } while (failed != 0 && errno == EINTR);
    return failed;
  });
}

/// The next one that has connected, close-on-exec; empty where there is none, or it is gone again.
inline descriptor accept_at(int listening) noexcept {
  return descriptor(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace detail
APART_END_NAMESPACE
