#pragma once

#include <string>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// There is no keeper of a run of ctest: the tests keep the set-ups for one another, as they do where it has been killed, and
/// the last one that runs tears them down.
inline constexpr bool has_ctest_keeper = false;

inline int run_ctest_keeper() noexcept { return 1; }

[[noreturn]] inline void refuse_ctest_fixture(const char* order) {
  raise(error(std::string("--ctest=") + order +
              ": on Windows there is no fixture; tests without it share their set-ups"));
}
inline void open_ctest_run(const std::string&) { refuse_ctest_fixture("open"); }
inline bool close_ctest_run() { refuse_ctest_fixture("close"); }

}  // namespace detail
APART_END_NAMESPACE
