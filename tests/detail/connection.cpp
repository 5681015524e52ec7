#include <apart/detail/connection.hpp>

#include <string>
#include <thread>
#include <utility>

#include "catch.hpp"

using apart::detail::connection;
using apart::detail::message;
using apart::detail::wire_writer;

namespace {

std::pair<connection, connection> connected() {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {connection(ends[0]), connection(ends[1])};
}

}  // namespace

TEST_CASE("messages arrive whole and in order") {
  auto [here, there] = connected();
  for (std::uint64_t number = 0; number < 100; ++number) here.send(wire_writer(message::finished).number(number));
  for (std::uint64_t number = 0; number < 100; ++number) CHECK(there.receive()->number() == number);
}

TEST_CASE("a message larger than the socket's buffer arrives whole") {
  auto [here, there] = connected();
  const std::string large(16 * 1024 * 1024, 'x');
  std::thread sender([&large, &from = here] { from.send(wire_writer(message::payload).text(large)); });
  CHECK(there.receive()->text() == large);
  sender.join();
}

TEST_CASE("what could not be posted at once is kept, and flushed later") {
  auto [here, there] = connected();
  const std::string large(16 * 1024 * 1024, 'x');
  here.post(wire_writer(message::payload).text(large));
  REQUIRE(here.has_unsent());
  there.poll();
  CHECK_FALSE(there.take());
  std::optional<apart::detail::wire_reader> whole;
  while (!whole) {
    here.flush();
    there.poll();
    whole = there.take();
  }
  CHECK(whole->text() == large);
  CHECK_FALSE(here.has_unsent());
}

TEST_CASE("a peer that has gone is no error") {
  auto [here, there] = connected();
  here.send(wire_writer(message::stop));
  here.close();
  CHECK(there.receive()->kind() == message::stop);
  CHECK_FALSE(there.receive());
  CHECK(there.closed());
  CHECK_FALSE(there.send(wire_writer(message::idle)));
  there.post(wire_writer(message::idle));
  CHECK_FALSE(there.has_unsent());
}

TEST_CASE("half a message is no message") {
  auto [here, there] = connected();
  const std::string whole = wire_writer(message::stop).bytes();
  REQUIRE(::send(here.descriptor(), whole.data(), whole.size() - 1, 0) == static_cast<ssize_t>(whole.size() - 1));
  there.poll();
  CHECK_FALSE(there.take());
  here.close();
  CHECK_FALSE(there.receive());
}

TEST_CASE("a connection moves with what it has read, and the moved-from one does nothing") {
  auto [here, there] = connected();
  here.send(wire_writer(message::run).number(1));
  here.send(wire_writer(message::run).number(2));
  there.poll();
  CHECK(there.take()->number() == 1);
  connection moved = std::move(there);
  CHECK(moved.take()->number() == 2);
  CHECK(there.closed());
  CHECK_FALSE(there.receive());
}
