#pragma once

#include <chrono>
#include <initializer_list>
#include <string>

#include <apart/error.hpp>
#include <apart/process/detail/initializers.hpp>

APART_BEGIN_NAMESPACE

/// Something that every process of a test run has to do before its first test: register types, seed a cache.
///
///     static apart::initializer types{"types", [] { registry().add("order", &make_order); }};
///     static apart::initializer views{"views", {"types"}, [] { build_views(registry()); }};
///
/// Scope: the process. Stands at namespace scope; while it lives it is registered under its name.
/// Order: after all that it names, else as registered (in one file from top to bottom).
/// Run: once in each process, by `initialize_process()`, which the adapters call before the first test. One that is
/// registered afterwards, by a library that a test loads, does not run, and is reported.
/// Linking: an object file in a static library is left out, and its initializers with it, when nothing refers to it.
/// Make it an object library, or link it as a whole (CMake: $<LINK_LIBRARY:WHOLE_ARCHIVE,name>; ld: --whole-archive).
/// An initializer that runs after it, by its name, is an error then.
/// Failure: every test of the process fails with the text, and no body runs. Only the adapter of Catch2 under another main
/// than APART_CATCH2_MAIN cannot keep one from running, and reports the text before it: call `initialize_process()` there.
class [[nodiscard]] initializer {
 public:
  /// `name` must live as long as the initializer: a string literal. `file` and `line` are for error messages.
  [[nodiscard]] initializer(const char* name, void (*run)(), const char* file = __builtin_FILE(),
                            int line = __builtin_LINE())
      : initializer(name, {}, run, file, line) {}

  /// Runs after the initializers named in `after`, string literals too.
  [[nodiscard]] initializer(const char* name, std::initializer_list<const char*> after, void (*run)(),
                            const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : entry_{name, after, run, file, line} {
    detail::initializer_registry::instance().add(&entry_);
  }

  ~initializer() { detail::initializer_registry::instance().remove(&entry_); }
  initializer(const initializer&) = delete;
  initializer& operator=(const initializer&) = delete;

 private:
  const detail::initializer_entry entry_;
};

/// Runs every initializer that is registered, once in this process, each after those that it names. Called again it
/// does nothing, or reports the same failure; a forked child that calls it runs them again. Other threads that call it
/// wait. Errors: `apart::error`, before any has run, when a name is empty, registered twice (with both places), not
/// registered, or part of a cycle (with its path and places), or a function is null; naming the initializer, with its
/// text, when one throws: the rest are not run. An initializer that calls it fails. After `per_process` objects have
/// been destroyed at exit it is an error.
inline void initialize_process() {
  const std::string& failure = detail::initialization_of_this_process().failure;
  if (!failure.empty()) detail::raise(error(failure));
}

/// For people: the initializers that this process has run, in order, each with the time that it took; and what failed.
/// Runs them first, as `initialize_process` does, where they have not been run.
[[nodiscard]] inline std::string initialization_report() {
  const detail::initialization& done = detail::initialization_of_this_process();
  std::string report = "initializers" + detail::in_this_worker() + ":";
  std::chrono::steady_clock::duration all{};
  for (const auto& step : done.run) {
    report += detail::line_of_report(step.took, step.name + " (" + step.where + ")");
    all += step.took;
  }
  report += detail::line_of_report(all, "in all");
  return done.failure.empty() ? report : report + "\n" + done.failure;
}

APART_END_NAMESPACE
