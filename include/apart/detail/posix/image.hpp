#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include <apart/detail/report.hpp>
#include <apart/version.hpp>

#include <dlfcn.h>
#include <link.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Is it static: in the executable or in a shared object that is loaded, not on a stack, in the heap or a thread's own?
inline bool in_loaded_image(const void* address) noexcept;

/// Every image, which is the executable or a shared object, that includes the library bears this note (elf(5)): the
/// loader shows the segments of an image, and nothing else of it.
struct image_note {
  std::uint32_t name_size = sizeof name;
  std::uint32_t text_size = 0;
  std::uint32_t type = 1;
  char name[8] = "apart";
};
__attribute__((section(".note.apart"), used)) static const image_note note_of_image{};

struct image_search {
  const void* address;
  std::string name;  ///< of the image that holds it; empty for the executable
  bool found = false;
  bool noted_before = false;  ///< does an image that was loaded before it bear the note?
};

inline bool is_noted(const dl_phdr_info& image, const ElfW(Phdr) & segment) noexcept {
  const auto* const begin = reinterpret_cast<const char*>(image.dlpi_addr + segment.p_vaddr);
  const image_note sought;
  for (std::size_t at = 0; at + sizeof sought <= segment.p_memsz; at += alignof(image_note)) {
    if (std::memcmp(begin + at, &sought, sizeof sought) == 0) return true;
  }
  return false;
}

inline bool holds(const dl_phdr_info& image, const ElfW(Phdr) & segment, const void* address) noexcept {
  const auto begin = image.dlpi_addr + segment.p_vaddr;
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  return wanted >= begin && wanted - begin < segment.p_memsz;
}

/// In the order in which they were loaded: the executable is the first.
inline image_search search_image(const void* address) noexcept {
  image_search search{address, {}};
  ::dl_iterate_phdr(
      [](dl_phdr_info* image, std::size_t, void* argument) {
        auto& sought = *static_cast<image_search*>(argument);
        bool noted = false;
        for (std::size_t i = 0; i < image->dlpi_phnum; ++i) {
          const ElfW(Phdr)& segment = image->dlpi_phdr[i];
          if (segment.p_type == PT_LOAD && holds(*image, segment, sought.address)) sought.found = true;
          if (segment.p_type == PT_NOTE && is_noted(*image, segment)) noted = true;
        }
        if (!sought.found) {
          sought.noted_before = sought.noted_before || noted;
        } else if (image->dlpi_name != nullptr) {
          sought.name = image->dlpi_name;
        }
        return sought.found ? 1 : 0;
      },
      &search);
  return search;
}

inline bool in_loaded_image(const void* address) noexcept { return search_image(address).found; }

// What stands in each image for that image alone, whatever the images share.
#define APART_OWN_OF_IMAGE __attribute__((visibility("hidden")))

#if defined(__PIC__) && !defined(__PIE__)
#pragma weak dlopen  // not there where the program is not linked with libdl (glibc before 2.34)

/// A shared object is never unloaded: objects that it has built, threads that it has started and functions that it has
/// registered last as long as the process (g++ makes it so by itself, by symbols of the kind STB_GNU_UNIQUE).
APART_OWN_OF_IMAGE inline void keep_loaded(const std::string& image) noexcept {
  if (::dlopen != nullptr) static_cast<void>(::dlopen(image.c_str(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));
}
#else
/// Part of an executable: not compiled for a shared object.
APART_OWN_OF_IMAGE inline void keep_loaded(const std::string&) noexcept {}
#endif

/// An object of which the images that share have one.
inline char shared_object_of_images = 0;

/// For each image, when it is loaded. One that does not share with those before it is reported: it works, apart.
APART_OWN_OF_IMAGE inline bool enter_image(const void* own_object) noexcept {
  const image_search image = search_image(own_object);
  if (image.name.empty()) return true;
  keep_loaded(image.name);
  const bool shares = search_image(&shared_object_of_images).name != image.name;
  if (shares || !image.noted_before) return true;
  report(
      image.name +
      " has a copy of the library of its own: its initializers run when it calls initialize_process() itself, and "
      "contexts, locks and this_test are not the program's; link the program with -rdynamic (CMake: ENABLE_EXPORTS)");
  return true;
}
APART_OWN_OF_IMAGE inline const bool image_is_entered = enter_image(&image_is_entered);

#undef APART_OWN_OF_IMAGE

}  // namespace detail
APART_END_NAMESPACE
