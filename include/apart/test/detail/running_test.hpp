#pragma once

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/context/detail/scoped_current.hpp>
#include <apart/detail/duration.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/detail/refuse_empty.hpp>
#include <apart/detail/saturate.hpp>
#include <apart/detail/tracer.hpp>
#include <apart/error.hpp>
#include <apart/process/initializer.hpp>
#include <apart/test/detail/own_directories.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

struct body_span {
  std::chrono::steady_clock::time_point began{};
  std::chrono::steady_clock::time_point ended{};
};

/// The bodies of one test: of one there are several, each with the whole limit, where its framework runs it once per section.
struct test_bodies {
  std::chrono::steady_clock::time_point first_began{};
  body_span longest;
};

/// The test that runs in this process, as the adapters begin and end it: one at a time.
class running_test {
 public:
  static running_test& of_this_process() {
    static auto* test = new running_test;
    return *test;
  }

  /// The same, for a function that makes sense in a test only.
  static running_test& now(std::string_view asked) {
    running_test& test = of_this_process();
    if (!test.begun_) {
      raise(error(std::string(asked) + " was called while no test runs; call it in a test's body" +
                  (test.any_begun_ ? "" : ", or, where this is one, link an adapter: " + std::string(how_to_link))));
    }
    return test;
  }

  void begin(std::string name) {
    own_directories::of_this_process().enter_test(name);
    any_begun_ = true;
    {
      const program_lock lock(program_mutex());
      name_ = std::move(name);
    }
    owner_ = process_owner();
    body_began_ = std::chrono::steady_clock::now();  // before its context's: who waits for the end of that took so long
    current_phase.store(phase::test);
    context_.emplace(limited(context::process(), "test", "the test's time (APART_TIMEOUT or --timeout) is over"));
    current_.emplace(*context_);
    begun_ = true;
    if (bodies_.first_began == std::chrono::steady_clock::time_point()) bodies_.first_began = body_began_;
    if (part_begins) part_begins();
  }

  /// The body has ended: cancels its context and runs the clean-ups. Each failure's text goes to `failed`, which may
  /// fail the test. In a forked child that has left its parent's body: nothing of this.
  template <class Failed>
  void end(Failed failed) {
    if (!begun_ || !owner_.is_this_process()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - body_began_ > bodies_.longest.ended - bodies_.longest.began) bodies_.longest = {body_began_, now};
    context_->cancel("the test has ended");
    run_clean_ups(failed);
    begun_ = false;
    current_.reset();
    context_.reset();
    own_directories::of_this_process().leave_test();
    current_phase.store(phase::idle);
  }

  /// Those that have begun since the last call.
  test_bodies take_bodies() noexcept { return std::exchange(bodies_, {}); }

  /// Called where a part of a test begins that has the whole limit: a body, and its clean-ups where there are any.
  std::function<void()> part_begins;

  std::string_view name() const noexcept { return name_; }
  /// For a thread that does not belong to the test; "" when no test runs.
  std::string copy_of_name() const {
    const program_lock lock(program_mutex());
    return begun_ ? name_ : std::string();
  }
  context ctx() const { return context::current(); }

  template <class F>
  void push(F function) {
    refuse_empty(function, "this_test::on_cleanup");
    std::unique_ptr<clean_up> made(new clean_up_of<F>(std::move(function)));
    const program_lock lock(program_mutex());
    clean_ups_.push_back(std::move(made));
  }

  /// APART_TIMEOUT, for each test and once more for its clean-ups, but not under a debugger. Throws where that is no
  /// duration.
  static std::chrono::nanoseconds limit() {
    static const std::chrono::nanoseconds chosen = duration_variable("APART_TIMEOUT", std::chrono::seconds(60));
    return chosen;
  }

  template <class Failed>
  void run_clean_ups(Failed failed) {
    if (!owner_.is_this_process()) return;
    const phase_scope cleaning_up(phase::clean_up);
    std::optional<scoped_context> own;
    std::optional<scoped_current> current;
    while (const std::unique_ptr<clean_up> last = pop()) {
      if (!own) {
        if (part_begins) part_begins();
        own.emplace(
            limited(context::background(), "clean-ups of", "the clean-ups' time (APART_TIMEOUT or --timeout) is over"));
        current.emplace(*own);
      }
      attempt([&] { last->run(); }, [&](const char* text) { failed(std::string("a clean-up failed: ") + text); });
    }
  }

 private:
  static constexpr const char* how_to_link = "APART_CATCH2_ADAPTER(); of <apart/adapter/catch2.hpp> in one file";

  struct clean_up {
    virtual ~clean_up() = default;
    virtual void run() = 0;
  };
  template <class F>
  struct clean_up_of final : clean_up {
    explicit clean_up_of(F function) : function_(std::move(function)) {}
    void run() override { function_(); }

   private:
    F function_;
  };

  std::unique_ptr<clean_up> pop() {
    const program_lock lock(program_mutex());
    if (clean_ups_.empty()) return nullptr;
    std::unique_ptr<clean_up> last = std::move(clean_ups_.back());
    clean_ups_.pop_back();
    return last;
  }

  scoped_context limited(const context& parent, const char* kind, const char* cause) {
    return context_access::child_of(parent, kind, shared_unless_empty(name_),
                                    from_now(is_followed() ? (std::chrono::nanoseconds::max)() : limit()),
                                    shared_unless_empty(cause));
  }

  /// As the process's first test finds it.
  bool is_followed() {
    if (!followed_ || !asked_in_.is_this_process()) {
      followed_ = is_traced();
      asked_in_ = process_owner();
    }
    return *followed_;
  }

  std::string name_;
  std::atomic<bool> begun_{false};
  std::atomic<bool> any_begun_{false};  ///< in this process, or in its parent before the fork
  process_owner owner_;
  std::chrono::steady_clock::time_point body_began_{};
  test_bodies bodies_;
  std::optional<bool> followed_;
  process_owner asked_in_;
  std::optional<scoped_context> context_;
  std::optional<scoped_current> current_;
  std::vector<std::unique_ptr<clean_up>> clean_ups_;
};

/// Before the first test of this process: its own directory, where it is to have one, and its initializers.
inline void prepare_process() {
  own_directories::of_this_process().enter_process();
  initialize_process();
}

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool running_test_exists = (running_test::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE
