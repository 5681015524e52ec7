#include <apart/detail/one_line.hpp>

#include <string>

#include "catch.hpp"

using apart::detail::one_line;

TEST_CASE("a text of one line is left as it is, and control characters are spelled") {
  CHECK(one_line("").empty());
  CHECK(one_line("caf\xc3\xa9 \\n ~") == "caf\xc3\xa9 \\n ~");
  CHECK(one_line("a\nb\r\n\tc") == "a\\nb\\r\\n\\tc");
  CHECK(one_line(std::string("\x1b[0m\x7f\0", 6)) == "\\x1b[0m\\x7f\\x00");
}
