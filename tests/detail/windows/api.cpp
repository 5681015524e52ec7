#include <apart/detail/windows/api.hpp>

#include <apart/detail/image.hpp>
#include <apart/detail/windows/text.hpp>

#include <windows.h>  // behind the library: what both declare is the same

#include "catch.hpp"

TEST_CASE("what is declared by hand has the layout of Windows") {
  using apart::detail::memory_information;
  CHECK(sizeof(memory_information) == sizeof(MEMORY_BASIC_INFORMATION));
  CHECK(offsetof(memory_information, type) == offsetof(MEMORY_BASIC_INFORMATION, Type));
}

TEST_CASE("a function that this Windows does not have is null") {
  using apart::detail::function_of;
  const auto known = function_of<unsigned long __stdcall()>(L"kernel32.dll", "GetCurrentProcessId");
  REQUIRE(known != nullptr);
  CHECK(known() == ::GetCurrentProcessId());
  CHECK(function_of<void __stdcall()>(L"kernel32.dll", "NoSuchFunction") == nullptr);
  CHECK(function_of<void __stdcall()>(L"no such module", "GetCurrentProcessId") == nullptr);
}
