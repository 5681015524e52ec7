// Any bytes between the launcher and its processes are messages, or an error.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <apart/detail/connection.hpp>
#include <apart/detail/local_socket.hpp>
#include <apart/error.hpp>
#include <apart/launch/worker.hpp>

#include "input.hpp"

using apart::detail::connection;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [mine, theirs] = apart::detail::socket_pair();
  connection here(mine);
  connection there(theirs);
  input from(data, size);

  const std::string text = from.text();
  there.post(apart::detail::wire_writer(apart::detail::message::need).number(size).text(text));
  here.poll();
  auto sent = here.take();
  require(sent && sent->number() == size && sent->text() == text && sent->at_end(), "a message comes back as it was");

  const std::string bytes(from.rest());
  require(::send(there.descriptor(), bytes.data(), bytes.size(), 0) >= 0, "the bytes can be sent");
  here.poll();
  try {
    while (auto told = here.take()) {
      auto again = *told;
      static_cast<void>(apart::detail::difference_of(again, {{"a", false, {}}, {"b", false, {}}}));
      static_cast<void>(apart::detail::finished_message::read(*told, "a", 0));
    }
  } catch (const apart::error&) {
  }
  return 0;
}
