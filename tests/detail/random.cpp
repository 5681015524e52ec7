#include <apart/detail/random.hpp>

#include <atomic>
#include <cerrno>
#include <string>

#include <apart/name/unique_id.hpp>
#include <apart/name/unique_name.hpp>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"

#if defined(SUPPORT_FORKS)
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <windows.h>
#endif

namespace {

#if defined(SUPPORT_FORKS)
std::atomic<int> fails_with{0};
std::atomic<int> interruptions{0};
#endif

}  // namespace

#if defined(SUPPORT_FORKS)
/// Takes the place of the C library's in this program, so that a test can take the system's random numbers away.
extern "C" ssize_t getrandom(void* buffer, size_t size, unsigned flags) {
  if (interruptions > 0) {
    --interruptions;
    errno = EINTR;
    return -1;
  }
  if (fails_with != 0) {
    errno = fails_with;
    return -1;
  }
  return ::syscall(SYS_getrandom, buffer, size, flags);
}

TEST_CASE("random bits are drawn anew although signals interrupt") {
  interruptions = 3;
  const std::uint64_t drawn = apart::detail::random_bits();
  CHECK(interruptions == 0);
  CHECK(drawn != apart::detail::random_bits());
}

TEST_CASE("a system without random numbers is an error that says so, never a weak name") {
  const support::ended said = support::in_child([](int output) {
    // A forked child has to find a place of its own.
    fails_with = ENOSYS;
    for (std::string (*const draw)() : {+[] { return apart::unique_name(); }, +[] { return apart::unique_uuid(); },
                                        +[] { return apart::random_string(1); }}) {
      const std::string failure = support::error_of([draw] { static_cast<void>(draw()); });
      support::write_all(output, support::contains(failure, "random numbers (getrandom)") ? "refused " : "drawn ");
    }
    fails_with = 0;
    support::write_all(output, apart::unique_name("after"));
  });
  CHECK(said.output.substr(0, 24) == "refused refused refused ");
  CHECK(said.output.size() == 24 + 20);
}
#else
namespace {

bool has_none = false;

}  // namespace

/// Takes the place of that of advapi32 in this program.
extern "C" unsigned char __stdcall SystemFunction036(void* bytes, unsigned long size) {
  using function = unsigned char(__stdcall*)(void*, unsigned long);
  static const auto of_system = reinterpret_cast<function>(
      reinterpret_cast<void*>(::GetProcAddress(::LoadLibraryW(L"advapi32.dll"), "SystemFunction036")));
  return has_none ? 0 : of_system(bytes, size);
}

TEST_CASE("a system without random numbers is an error that says so, never a weak name") {
  has_none = true;
  for (std::string (*const draw)() : {+[] { return apart::unique_name(); }, +[] { return apart::unique_uuid(); },
                                      +[] { return apart::random_string(1); }}) {
    CHECK(support::contains(support::error_of([draw] { static_cast<void>(draw()); }), "random numbers (RtlGenRandom)"));
  }
  has_none = false;
  CHECK(apart::unique_name("after").size() == 20);
  CHECK(apart::detail::random_bits() != apart::detail::random_bits());
}
#endif
