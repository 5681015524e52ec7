#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE

/// Base of everything that the library throws. `what()` is one line for the person whose test run just broke:
/// which resource, what happened, and the way out.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Takes one line of what a destructor could not do and cannot throw: what it left, by name, and why.
using report_handler = void (*)(const char* line);

/// Sends these lines to `handler` instead of stderr, in the whole process, and returns the former one; null means stderr.
/// It is called on the thread that has something to say, also at the end of the process, and should not throw.
inline report_handler set_report_handler(report_handler handler) noexcept;

namespace detail {

inline std::atomic<report_handler> known_report_handler{nullptr};

#if defined(__cpp_exceptions)
inline constexpr bool exceptions = true;
#else
inline constexpr bool exceptions = false;
#endif

/// Throws `failure`; in a program built without exceptions prints its text on stderr and aborts.
template <class Error>
[[noreturn]] void raise(Error failure) {
#if defined(__cpp_exceptions)
  throw std::move(failure);
#else
  std::fprintf(stderr, "apart: %s\n", failure.what());
  std::abort();
#endif
}

/// Throws `apart::error` with "<resource>: <what the system says of `code`>".
[[noreturn]] inline void raise_system(int code, const std::string& resource) {
  raise(error(resource + ": " + std::generic_category().message(code)));
}

/// What went wrong, for functions that have a caller who throws and another one who returns the code. None: no code.
struct fault {
  std::error_code code;
  std::string text;  ///< what an `apart::error` says

  explicit operator bool() const noexcept { return static_cast<bool>(code); }
};

/// "<resource>: <what the system says of `code`>"; none where it is 0.
inline fault system_fault(int code, const std::string& resource) {
  if (code == 0) return {};
  const std::error_code failed(code, std::generic_category());
  return {failed, resource + ": " + failed.message()};
}

inline void raise_if(const fault& found) {
  if (found) raise(error(found.text));
}

/// Runs `action` and hands the text of whatever it throws to `failed(const char*)`. Returns whether it succeeded. With
/// the next function the one place where the library catches: `catch` does not compile without exceptions.
template <class Action, class Failed>
bool attempt(Action&& action, Failed&& failed) {
#if defined(__cpp_exceptions)
  try {
    action();
    return true;
  } catch (const std::exception& thrown) {
    failed(thrown.what());
  } catch (...) {
    failed("threw something that is not a std::exception");
  }
  return false;
#else
  action();
  static_cast<void>(failed);
  return true;
#endif
}

/// The same for what is a std::exception only: the rest, by which test frameworks end a test, passes through.
template <class Action, class Failed>
bool attempt_standard(Action&& action, Failed&& failed) {
#if defined(__cpp_exceptions)
  try {
    action();
    return true;
  } catch (const std::exception& thrown) {
    failed(thrown.what());
  }
  return false;
#else
  return attempt(action, failed);
#endif
}

}  // namespace detail

inline report_handler set_report_handler(report_handler handler) noexcept {
  return detail::known_report_handler.exchange(handler);
}

APART_END_NAMESPACE
