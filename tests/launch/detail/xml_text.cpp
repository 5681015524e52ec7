#include <apart/launch/detail/xml_text.hpp>

#include <string>
#include <string_view>

#include "catch.hpp"

using apart::detail::append_xml;
using apart::detail::xml_place;
using apart::detail::xml_writer;

namespace {

using namespace std::string_view_literals;

std::string text(std::string_view bytes) {
  std::string xml;
  append_xml(xml, bytes, xml_place::text);
  return xml;
}

std::string attribute(std::string_view bytes) {
  std::string xml;
  append_xml(xml, bytes, xml_place::attribute);
  return xml;
}

/// `count` replacement characters.
std::string replaced(int count) {
  std::string characters;
  for (int i = 0; i < count; ++i) characters += "\xef\xbf\xbd";
  return characters;
}

}  // namespace

TEST_CASE("markup is spelled, so that nothing in a text ends it") {
  CHECK(text("").empty());
  CHECK(text("a < b && c > d") == "a &lt; b &amp;&amp; c &gt; d");
  CHECK(text("<![CDATA[x]]></system-out>&#0;") == "&lt;![CDATA[x]]&gt;&lt;/system-out&gt;&amp;#0;");
  CHECK(text("\"it's\"") == "\"it's\"");
  CHECK(attribute("\"it's\" <&>") == "&quot;it's&quot; &lt;&amp;&gt;");
}

TEST_CASE("white space is what it was when it is read again") {
  CHECK(text(" a\n\tb\r\n") == " a\n\tb&#13;\n");
  CHECK(attribute(" a\n\tb\r\n") == " a&#10;&#9;b&#13;&#10;");
}

TEST_CASE("characters of any length stay") {
  const std::string all =
      "\x7f \xc2\x80 caf\xc3\xa9 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbd "
      "\xf0\x90\x80\x80 \xf0\x9f\x98\x80 \xf0\x9f\xbf\xbf \xf4\x8f\xbf\xbf";
  CHECK(text(all) == all);
  CHECK(attribute(all) == all);
}

TEST_CASE("what XML cannot hold is replaced") {
  for (int control = 0; control < 0x20; ++control) {
    if (control == '\t' || control == '\n' || control == '\r') continue;
    CAPTURE(control);
    CHECK(text(std::string(1, static_cast<char>(control))) == replaced(1));
    CHECK(attribute(std::string(1, static_cast<char>(control))) == replaced(1));
  }
  CHECK(text("\xef\xbf\xbe|\xef\xbf\xbf") == replaced(1) + "|" + replaced(1));
}

TEST_CASE("bytes that are no UTF-8 are replaced, each part that could have begun a character as one") {
  CHECK(text("\x80|\xbf|\xfe|\xff") == replaced(1) + "|" + replaced(1) + "|" + replaced(1) + "|" + replaced(1));
  CHECK(text("\xc0\x80|\xc1\xbf") == replaced(2) + "|" + replaced(2));                  // too long a form
  CHECK(text("\xe0\x9f\xbf|\xf0\x8f\xbf\xbf") == replaced(3) + "|" + replaced(4));      // so are these
  CHECK(text("\xed\xa0\x80|\xed\xbf\xbf") == replaced(3) + "|" + replaced(3));          // surrogates
  CHECK(text("\xf4\x90\x80\x80|\xf5\x80\x80\x80") == replaced(4) + "|" + replaced(4));  // beyond U+10FFFF
  CHECK(text("\xc3|\xe2\x82|\xf0\x9f\x98|") == replaced(1) + "|" + replaced(1) + "|" + replaced(1) + "|");
  CHECK(text("\xe2\x82") == replaced(1));
  CHECK(text("\xf0\x9f\x98"sv.substr(0, 2)) == replaced(1));
  CHECK(text("\xc3\xc3\xa9\xe2<\xf0\x9f\n") == replaced(1) + "\xc3\xa9" + replaced(1) + "&lt;" + replaced(1) + "\n");
}

TEST_CASE("colours are left out, and an escape that begins no control sequence is replaced") {
  CHECK(text("\x1b[31mred\x1b[0m \x1b[38;5;9mbright\x1b[m\x1b[K\x1b[?25h\x1b[1 q|") == "red bright|");
  CHECK(attribute("\x1b[1;32mgreen") == "green");
  CHECK(text("\x1b") == replaced(1));
  CHECK(text("\x1b[") == replaced(1) + "[");
  CHECK(text("\x1b[31") == replaced(1) + "[31");
  CHECK(text("\x1b[3\n<") == replaced(1) + "[3\n&lt;");
  CHECK(text("\x1b]0;title\x07") == replaced(1) + "]0;title" + replaced(1));
  CHECK(text("\x1b[\xc3\xa9\x1b[1\x1b[2m") == replaced(1) + "[\xc3\xa9" + replaced(1) + "[1");
}

TEST_CASE("elements are closed in their order, and texts stand in them as they are") {
  xml_writer xml;
  xml.begin("a", {});
  xml.begin("b", {{"x", "1 & 2"}, {"y", ""}});
  xml.element("c", {{"z", "\""}}, " t\n");
  xml.element("d", {}, "");
  xml.end();
  xml.end();
  CHECK(xml.take() ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n  <b x=\"1 &amp; 2\" y=\"\">\n"
        "    <c z=\"&quot;\"> t\n</c>\n    <d/>\n  </b>\n</a>\n");
}
