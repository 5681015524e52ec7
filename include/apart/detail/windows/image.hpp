#pragma once

#include <cstddef>
#include <cstdint>

#include <apart/detail/windows/api.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// MEMORY_BASIC_INFORMATION.
struct memory_information {
  void* base;
  void* allocation_base;
  unsigned long allocation_protect;
  std::uint16_t partition;
  std::size_t size;
  unsigned long state;
  unsigned long protect;
  unsigned long type;
};

/// Is it static: in the executable or in a DLL that is loaded, not on a stack, in the heap or a thread's own?
inline bool in_loaded_image(const void* address) noexcept {
  constexpr unsigned long image = 0x1000000;  // MEM_IMAGE
  memory_information found{};
  auto* const out = reinterpret_cast<_MEMORY_BASIC_INFORMATION*>(&found);
  return ::VirtualQuery(address, out, sizeof found) != 0 && found.type == image;
}

/// For each module, when it is loaded. A DLL is never unloaded: objects that it has built, threads that it has started and
/// functions that it has registered last as long as the process. Modules share nothing: each has the library for itself.
inline bool enter_image(const void* own_object) noexcept {
  constexpr unsigned long pin = 1, from_address = 4;  // GET_MODULE_HANDLE_EX_FLAG_...
  HINSTANCE__* module = nullptr;
  return ::GetModuleHandleExW(pin | from_address, static_cast<const wchar_t*>(own_object), &module) != 0;
}
inline const bool image_is_entered = enter_image(&image_is_entered);

}  // namespace detail
APART_END_NAMESPACE
