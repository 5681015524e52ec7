#include <apart/run/port.hpp>  // before <winsock2.h>: what both declare is the same

#include <string>
#include <utility>

#include <winsock2.h>
#include <ws2tcpip.h>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"
#include "support/self.hpp"

namespace {

/// Whether somebody who knows nothing of the library can bind it: 0, or the error of Windows Sockets.
int bind_by_hand(std::uint16_t port, bool reuses) {
  const SOCKET socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  if (reuses) ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, reinterpret_cast<const char*>(&yes), sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const int code =
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : ::WSAGetLastError();
  ::closesocket(socket);
  return code;
}

}  // namespace

TEST_CASE("a port is nobody else's, is handed over, and is free again") {
  std::uint16_t number = 0;
  {
    apart::port port;
    number = port.number();
    CHECK(number >= 10000);
    CHECK(number < 49152);
    CHECK(bind_by_hand(number, false) != 0);
    CHECK(bind_by_hand(number, true) != 0);
    CHECK(support::contains(support::error_of([&] { const apart::port same(number, number); }), "no free TCP port"));
    const SOCKET socket = port.take_socket();
    CHECK(::listen(socket, 16) == 0);
    CHECK(support::contains(support::error_of([&] { static_cast<void>(port.take_socket()); }), "taken or released"));
    ::closesocket(socket);
    CHECK(support::contains(support::error_of([&] { const apart::port same(number, number); }), "no free TCP port"));
  }
  apart::port again(number, number);
  CHECK(again.release() == number);
  CHECK(bind_by_hand(number, false) == 0);
  const apart::port udp(number, number, apart::transport::udp);
  CHECK(udp.number() == number);
}

TEST_CASE("a port of a killed process is free, and of one that lives it is not") {
  support::self holder("has a port");
  const auto number = static_cast<std::uint16_t>(std::stoi(holder.hear()));
  CHECK(support::contains(support::error_of([&] { const apart::port same(number, number); }), "no free TCP port"));
  holder.kill();
  CHECK(apart::port(number, number).number() == number);
}
TEST_CASE("has a port", "[.][self]") {
  apart::port port;
  support::say(std::to_string(port.release()));
  support::wait_to_go_on();
}
