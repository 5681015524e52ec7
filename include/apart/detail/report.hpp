#pragma once

#include <cstdio>
#include <string>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// One line for the person who runs the tests, in one piece: what a destructor, or the end of a process, has to say and
/// cannot throw. To the handler that `set_report_handler` gave; else, and where that fails, to stderr. Any thread.
inline void report(const std::string& line) {
  const auto to_stderr = [](const std::string& text) {
    const std::string whole = "apart: " + text + "\n";
    std::fputs(whole.c_str(), stderr);
  };
  const report_handler handler = known_report_handler.load();
  if (handler == nullptr) return to_stderr(line);
  attempt([&] { handler(line.c_str()); }, [&](const char*) { to_stderr(line); });
}

/// What went wrong, if anything did.
inline void report(const fault& failed) {
  if (failed) report(failed.text);
}

}  // namespace detail
APART_END_NAMESPACE
