#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/duration.hpp>
#include <apart/detail/one_line.hpp>
#include <apart/detail/terminal.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/run_record.hpp>

APART_BEGIN_NAMESPACE

namespace detail {

/// Nothing where it cannot be written: a terminal that is gone must not end the run.
inline void print_text(std::FILE* stream, std::string_view text) noexcept {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

}  // namespace detail

/// A test that runs at the moment.
struct running_now {
  std::string test;
  unsigned worker;
  std::chrono::steady_clock::time_point since;
};

/// What the launcher says to people: on stdout what belongs to the tests, on stderr what went wrong with the run. On a
/// terminal a line shows the progress, and results have colours; neither where the variable CI is set or TERM is dumb, no
/// colours where NO_COLOR is (no-color.org). Elsewhere a plain line says every ten seconds how far the run is.
class console {
 public:
  using moment = std::chrono::steady_clock::time_point;

  explicit console(bool verbose)
      : verbose_(verbose),
        live_(detail::is_terminal(stdout) && !is_set("CI") && std::getenv("TERM") != std::string_view("dumb")),
        coloured_(live_ && !is_set("NO_COLOR")) {}

  bool live() const noexcept { return live_; }

  void test_ended(const test_record& ended) {
    const bool failed = ended.result == outcome::failed;
    if (!ended.left_running.empty()) ++left_running_;
    if (!failed && !verbose_ && ended.left_running.empty()) return;
    clear();
    const char* word = failed ? "FAILED" : ended.result == outcome::skipped ? "skipped" : "passed";
    print("{}: {} (worker {}, {})\n", coloured(word, ended.result), ended.name, ended.worker,
          detail::in_words(ended.when.ended - ended.when.began));
    if (failed || verbose_) print_block(ended.output);
    print_block(ended.why);
    for (const std::string& process : ended.left_running) {
      print("{}: {}; it ends with the run\n", coloured("left running", outcome::skipped), process);
    }
  }

  /// How far the run is, where it is time to say so again. `running`: what began first stands first; `left`: how much
  /// longer it may take, zero where that is not known.
  void progress(const plan& tests, const std::vector<running_now>& running, std::chrono::nanoseconds left, moment now) {
    using namespace std::chrono_literals;
    if (now - told_ < (live_ ? std::chrono::nanoseconds(50ms) : 10s)) return;
    told_ = now;
    std::string line = fmt::format("{}/{}", tests.finished(), tests.size());
    if (!tests.failed().empty()) line += fmt::format(", {} failed", tests.failed().size());
    if (left >= 1s) line += fmt::format(", about {} left", detail::in_words(left));
    if (!live_) return problem(line + fmt::format(", {} running", running.size()));
    const char* before = ": ";
    for (const running_now& one : running) {
      line += fmt::format("{}{} ({})", std::exchange(before, ", "), detail::one_line(one.test),
                          detail::in_words(now - one.since));
    }
    print("\r\x1b[K{}", first_columns(line, detail::columns_of_terminal(stdout) - 1));
    std::fflush(stdout);
    shown_ = true;
  }
  /// When to call it again though nothing has happened.
  moment next_progress() const { return told_ + std::chrono::seconds(live_ ? 1 : 10); }

  /// The time until the first line is counted from then.
  void begin(moment now) noexcept {
    if (!live_) told_ = now;
  }

  /// Something is wrong with the run itself, or worth to know of it.
  void problem(std::string_view text) {
    clear();
    std::fflush(stdout);
    detail::print_text(stderr, fmt::format("apart: {}\n", text));
    std::fflush(stderr);  // not every C library writes it at once
  }

  void block(std::string_view output) {
    clear();
    print_block(output);
  }

  /// `reruns`: for each test that failed, the command that runs it alone. `seed`: where it has decided something. `stopped`:
  /// before its end, so that what the cancelled tests say of themselves is not believed.
  void summary(const plan& tests, const std::vector<std::string>& reruns, unsigned processes,
               std::chrono::nanoseconds took, std::optional<std::uint32_t> seed, bool stopped) {
    clear();
    if (!tests.failed().empty()) print("\nfailed:\n");
    for (std::size_t i = 0; i < tests.failed().size(); ++i) {
      print("  {}\n      {}\n", coloured(tests.name(tests.failed()[i]), outcome::failed), reruns[i]);
    }
    const std::vector<std::size_t> missing = tests.never_ran();
    if (!missing.empty()) print("\nnever ran:\n");
    for (const std::size_t index : missing) print("  {}\n", tests.name(index));
    const std::size_t failed = tests.failed().size();
    print("{}, {}", coloured(fmt::format("{} passed", tests.passed()), outcome::passed),
          failed > 0 ? coloured(fmt::format("{} failed", failed), outcome::failed) : "0 failed");
    if (tests.skipped() > 0) print(", {} skipped", tests.skipped());
    if (!missing.empty()) print(", {} never ran", missing.size());
    if (left_running_ > 0) print(", {} left processes running", left_running_);
    if (stopped) print(", stopped early");
    print(" in {:.2f} s ({} process{}", std::chrono::duration<double>(took).count(), processes,
          processes == 1 ? "" : "es");
    if (seed) print(", seed {}", *seed);
    print(")\n");
    std::fflush(stdout);
  }

  /// The progress line goes: what follows is somebody else's.
  void clear() {
    if (shown_) print("\r\x1b[K");
    shown_ = false;
  }

 private:
  static bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
  }

  std::string coloured(std::string_view text, outcome as) const {
    if (!coloured_) return std::string(text);
    const char* const colour = as == outcome::failed ? "31" : as == outcome::skipped ? "33" : "32";
    return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
  }

  /// At most so many characters, of text in UTF-8.
  static std::string_view first_columns(std::string_view text, std::size_t columns) {
    std::size_t end = 0;
    for (std::size_t shown = 0; end < text.size(); ++end) {
      const bool begins_character = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
      if (begins_character && shown++ == columns) break;
    }
    return text.substr(0, end);
  }

  template <class... Arguments>
  static void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    detail::print_text(stdout, fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  static void print_block(std::string_view text) {
    if (text.empty()) return;
    detail::print_text(stdout, text);
    if (text.back() != '\n') std::fputc('\n', stdout);
  }

  bool verbose_;
  bool live_;
  bool coloured_;
  bool shown_ = false;
  std::size_t left_running_ = 0;  ///< tests that have left something running
  moment told_{};                 ///< when the progress was last shown
};

APART_END_NAMESPACE
