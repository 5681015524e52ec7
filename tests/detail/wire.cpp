#include <apart/detail/wire.hpp>

#include <string>

#include "catch.hpp"

using apart::detail::message;
using apart::detail::wire_reader;
using apart::detail::wire_writer;

TEST_CASE("a message is read back as it was written") {
  wire_writer written(message::payload);
  written.number(0).number(UINT64_MAX).text("").text(std::string("\0\xff\n", 3));
  wire_reader read(written.bytes().substr(4));
  CHECK(read.kind() == message::payload);
  CHECK(read.number() == 0);
  CHECK(read.number() == UINT64_MAX);
  CHECK(read.text().empty());
  CHECK(read.text() == std::string("\0\xff\n", 3));
  CHECK(read.at_end());
}

TEST_CASE("a message says its own length first") {
  const std::string bytes = wire_writer(message::idle).text(std::string(300, 'x')).bytes();
  const auto length = static_cast<unsigned char>(bytes[0]) + 256U * static_cast<unsigned char>(bytes[1]);
  CHECK(length == bytes.size() - 4);
}

TEST_CASE("a message that is cut short is an error, wherever it is cut") {
  const std::string whole = wire_writer(message::payload).number(7).text("payload").bytes().substr(4);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto read_all = [&] {
      wire_reader read(whole.substr(0, length));
      read.number();
      read.text();
    };
    CHECK_THROWS_AS(read_all(), apart::error);
  }
}

TEST_CASE("a length that reaches beyond the message is an error, not memory to follow") {
  std::string hostile = wire_writer(message::payload).number(UINT64_MAX).bytes().substr(4);
  wire_reader read(hostile + "text");
  CHECK_THROWS_AS(read.text(), apart::error);
}
