#include <apart/detail/sealed_text.hpp>

#include <string>

#include "catch.hpp"

using apart::detail::sealed_text;
using apart::detail::unsealed_text;

TEST_CASE("sealed bytes come back as they were") {
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string("two\nlines\n"), std::string(3, '\0')}) {
    const std::string text = sealed_text("kind 1", bytes);
    CHECK(unsealed_text("kind 1", text) == bytes);
  }
  CHECK(sealed_text("kind 1", "bytes").find("apart kind 1 5 ") == 0);
}

TEST_CASE("what is of another kind or version, changed in any bit, cut, or longer, is nothing") {
  const std::string text = sealed_text("kind 1", "some bytes");
  CHECK_FALSE(unsealed_text("kind 2", text));
  CHECK_FALSE(unsealed_text("other 1", text));
  CHECK_FALSE(unsealed_text("kind 1", text + "x"));
  for (std::size_t at = 0; at < text.size(); ++at) {
    CHECK_FALSE(unsealed_text("kind 1", text.substr(0, at)));
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      CHECK_FALSE(unsealed_text("kind 1", changed));
    }
  }
}
