#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <apart/detail/terminal.hpp>
#include <apart/launch/plan.hpp>

APART_BEGIN_NAMESPACE

/// What the launcher says to people: on stdout what belongs to the tests, on stderr what went wrong with the run. A
/// line that shows the progress stands on a terminal only.
class console {
 public:
  explicit console(bool verbose) noexcept : verbose_(verbose), live_(detail::is_terminal(stdout)) {}

  /// One test has ended. `output` is all that was printed while it ran; `why` what the output does not say.
  void test_ended(const plan& tests, std::size_t index, outcome result, unsigned worker, std::string_view output,
                  std::string_view why) {
    if (result == outcome::failed || verbose_) {
      clear();
      const char* word = result == outcome::failed ? "FAILED" : result == outcome::skipped ? "skipped" : "passed";
      fmt::print("{}: {} (worker {})\n", word, tests.name(index), worker);
      print_block(output);
      print_block(why);
    }
    progress(tests);
  }

  void progress(const plan& tests) {
    if (!live_) return;
    fmt::print("\r\x1b[K{}/{}", tests.finished(), tests.size());
    if (!tests.failed().empty()) fmt::print(", {} failed", tests.failed().size());
    std::fflush(stdout);
    shown_ = true;
  }

  /// Something is wrong with the run itself.
  void problem(std::string_view text) {
    clear();
    std::fflush(stdout);
    fmt::print(stderr, "apart: {}\n", text);
  }

  void block(std::string_view output) {
    clear();
    print_block(output);
  }

  void summary(const plan& tests, unsigned processes, std::chrono::duration<double> took) {
    clear();
    if (!tests.failed().empty()) {
      fmt::print("\nfailed:\n");
      for (const std::size_t index : tests.failed()) fmt::print("  {}\n", tests.name(index));
    }
    const std::vector<std::size_t> missing = tests.never_ran();
    if (!missing.empty()) {
      fmt::print("\nnever ran:\n");
      for (const std::size_t index : missing) fmt::print("  {}\n", tests.name(index));
    }
    fmt::print("{} passed, {} failed", tests.passed(), tests.failed().size());
    if (tests.skipped() > 0) fmt::print(", {} skipped", tests.skipped());
    if (!missing.empty()) fmt::print(", {} never ran", missing.size());
    fmt::print(" in {:.2f} s ({} process{})\n", took.count(), processes, processes == 1 ? "" : "es");
    std::fflush(stdout);
  }

 private:
  void clear() {
    if (shown_) fmt::print("\r\x1b[K");
    shown_ = false;
  }

  static void print_block(std::string_view text) {
    if (text.empty()) return;
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (text.back() != '\n') std::fputc('\n', stdout);
  }

  bool verbose_;
  bool live_;
  bool shown_ = false;
};

APART_END_NAMESPACE
