#include <chrono>

#include <apart/context/poll.hpp>

using apart::context;
using namespace std::chrono_literals;

bool use(const context& waiting);
bool use(const context& waiting) {
#if defined(REFUSED_INT)  // returns exactly bool
  return apart::poll_until(waiting, 1ms, [] { return 1; });
#elif defined(REFUSED_POINTER)      // returns exactly bool
  return apart::poll_until(waiting, 1ms, [] { return "yes"; });
#elif defined(REFUSED_INT_ATTEMPT)  // returns exactly bool, or nothing
  apart::poll_until_or_throw(waiting, 1ms, [] { return 1; });
  return true;
#elif defined(REFUSED_IGNORED)      // nodiscard|unused-result
  apart::poll_until(waiting, 1ms, [] { return true; });
  return true;
#else
  apart::poll_until_or_throw(waiting, 0.5ms, [] {});
  return apart::poll_until(waiting, 1ms, [] { return true; });
#endif
}
