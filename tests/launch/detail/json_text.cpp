#include <apart/launch/detail/json_text.hpp>

#include <string>
#include <string_view>

#include "catch.hpp"

using namespace std::string_literals;

namespace {

std::string json_of(std::string_view text) {
  std::string json = "before ";
  apart::detail::append_json_text(json, text);
  REQUIRE(json.compare(0, 7, "before ") == 0);
  return json.substr(7);
}

/// What invalid bytes between two letters become, without the quotes and letters.
std::string between(std::string_view bytes) {
  const std::string json = json_of("a" + std::string(bytes) + "b");
  REQUIRE(json.size() >= 4);
  CHECK((json.substr(0, 2) == "\"a" && json.substr(json.size() - 2) == "b\""));
  return json.substr(2, json.size() - 4);
}

const std::string replacement = "\xef\xbf\xbd";

}  // namespace

TEST_CASE("a text is a JSON string of the same characters") {
  CHECK(json_of("") == R"("")");
  CHECK(json_of("a name") == R"("a name")");
  CHECK(json_of(R"(says "\")") == R"("says \"\\\"")");
  const std::string all_lengths =
      "\xc3\xa4 \xe2\x82\xac \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf \xf0\x9f\x8d\x8f \xf4\x8f\xbf\xbf";
  CHECK(json_of(all_lengths) == '"' + all_lengths + '"');
}

TEST_CASE("nothing ends the script element, and no control character or line separator stands as it is") {
  CHECK(json_of("</script><!--") == R"("\u003c/script>\u003c!--")");
  CHECK(json_of("\0\t\n\r\x1b\x7f"s) == R"("\u0000\u0009\n\u000d\u001b\u007f")");
  CHECK(json_of("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa") == "\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\"");
}

TEST_CASE("what is no UTF-8 becomes U+FFFD, once for each beginning of a character, and the rest stays") {
  CHECK(between("\x80") == replacement);
  CHECK(between("\xff\xfe") == replacement + replacement);
  CHECK(between("\xc3") == replacement);                                                        // cut short
  CHECK(between("\xe2\x82") == replacement);                                                    // likewise
  CHECK(between("\xf0\x9f\x8d") == replacement);                                                // likewise
  CHECK(between("\xf0\x9f\x8d\xc3\xa4") == replacement + "\xc3\xa4");                           // the next one is whole
  CHECK(between("\xc0\xaf") == replacement + replacement);                                      // longer than needed
  CHECK(between("\xe0\x9f\xbf") == replacement + replacement + replacement);                    // likewise
  CHECK(between("\xf0\x8f\xbf\xbf") == replacement + replacement + replacement + replacement);  // likewise
  CHECK(between("\xed\xa0\x80") == replacement + replacement + replacement);                    // a surrogate
  CHECK(between("\xf5\x80\x80\x80") == replacement + replacement + replacement + replacement);  // likewise
  CHECK(between("\xf4\x90\x80\x80") == replacement + replacement + replacement + replacement);  // beyond Unicode
  CHECK(json_of("\xe2\x80") == '"' + replacement + '"');                                        // at the end
  CHECK(json_of(std::string_view("\xe2\x80\xa8", 2)) == '"' + replacement + '"');  // nothing behind it is read
}
