#pragma once

#include <atomic>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <apart/detail/environment.hpp>
#include <apart/detail/process_id.hpp>
#include <apart/version.hpp>

APART_BEGIN_SHARED_NAMESPACE

/// What APART_LAUNCHED said, for all parts of the program; null until one of them asks. Never freed.
inline std::atomic<const char*> launched_text{nullptr};

APART_END_SHARED_NAMESPACE

APART_BEGIN_NAMESPACE
namespace detail {

/// What the launcher, or ctest's fixture, told the very process that it started, in one environment variable:
///
///     APART_LAUNCHED=<pid>:<role>:<work>:<news>:<members>:<number>:<run bits>
///
/// pid: see `launched_process_id`. role: 'w' a worker, 'k' the keeper, 'c' the keeper of a run of ctest (see
/// launch/ctest_keeper.hpp). work, news, members: descriptors. number: of this process among all that the launcher ever
/// started in the run. run bits: 64 random bits of the run, in hexadecimal.
struct launched {
  char role = '-';   ///< '-': not started by a launcher
  int work = -1;     ///< socket: the tests to run, and what became of them; 'c': who started it
  int news = -1;     ///< socket: set-ups asked for, their payloads, the run's cancellation; 'c': listens for tests
  int members = -1;  ///< pipe: a worker holds its writing end, the keeper reads the end of them all; 'c': ctest's end
  std::uint32_t number = 0;
  std::uint64_t run_bits = 0;

  bool is_worker() const noexcept { return role == 'w'; }
  bool is_keeper() const noexcept { return role == 'k'; }
  bool is_keeper_of_ctest() const noexcept { return role == 'c'; }
};

inline constexpr const char* launched_variable = "APART_LAUNCHED";

inline launched parse_launched(const char* text) noexcept {
  long pid = 0;
  launched read;
  const bool whole = std::sscanf(text, "%ld:%c:%d:%d:%d:%" SCNu32 ":%" SCNx64, &pid, &read.role, &read.work, &read.news,
                                 &read.members, &read.number, &read.run_bits) == 7;
  return whole && pid == launched_process_id() ? read : launched();
}

/// Reads the variable once in the program, and strikes it out in place, so that what this process starts, and what
/// replaces it by exec, is not taken for it. The process id is compared as well: a helper that was started before the
/// first call inherits the variable whole.
inline launched take_launched() noexcept {
  char* const text = std::getenv(launched_variable);
  if (text != nullptr && parse_launched(text).role != '-') {
    const std::size_t size = std::strlen(text) + 1;
    auto* const copy = new char[size];
    std::memcpy(copy, text, size);
    const char* none = nullptr;
    if (shared::launched_text.compare_exchange_strong(none, copy)) {
      strike_out(launched_variable, text);
    } else {
      delete[] copy;
    }
  }
  const char* const known = shared::launched_text.load();
  return known != nullptr ? parse_launched(known) : launched();
}

/// This process as the launcher sees it. Any thread. A forked child sees its parent's: check `process_owner` where it
/// matters.
inline const launched& launched_as() noexcept {
  static const launched told = take_launched();
  return told;
}

}  // namespace detail
APART_END_NAMESPACE
