// As in a program that includes <windows.h> first, and has its macros: that the library compiles is half of this test.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "catch.hpp"

#include <winsock2.h>

#include <windows.h>
#undef min
#undef max
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))

#include <apart/detail/windows/text.hpp>
#include <apart/name/short_unique_name.hpp>
#include <apart/name/unique_id.hpp>
#include <apart/name/unique_name.hpp>

TEST_CASE("texts go to UTF-16 and back") {
  using apart::detail::narrow;
  using apart::detail::wide;
  const std::string text = "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80";
  CHECK(wide(text) == L"gr\u00fc\u00df \u20ac \U0001f600");
  CHECK(narrow(wide(text)) == text);
  CHECK(wide("").empty());
  CHECK(narrow(L"").empty());
  CHECK(wide("\xff") == L"\ufffd");
}

TEST_CASE("a text of the system is read whole, however long it is") {
  const std::wstring long_value(1000, L'x');
  ::SetEnvironmentVariableW(L"APART_TEST_LONG", long_value.c_str());
  const auto ask = [](wchar_t* text, unsigned long room) {
    return ::GetEnvironmentVariableW(L"APART_TEST_LONG", text, room);
  };
  CHECK(apart::detail::text_of_system(ask) == long_value);
  ::SetEnvironmentVariableW(L"APART_TEST_LONG", nullptr);
  CHECK(apart::detail::text_of_system(ask).empty());
}
