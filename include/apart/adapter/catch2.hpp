#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_test_macros.hpp>  // IWYU pragma: export
#include <catch2/internal/catch_assertion_handler.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#else
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#endif
#include <catch2/catch.hpp>
#endif

#include <apart/detail/fork.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/report.hpp>
#include <apart/process/initializer.hpp>
#include <apart/test/detail/serial_turn.hpp>
#include <apart/test/this_test.hpp>

/// Stands in one source file of a test program that has a `main` of its own, outside of any namespace: tells apart where
/// tests begin and end, and runs the initializers before the first one. APART_CATCH2_MAIN contains it. In a second file it
/// does nothing more.
#define APART_CATCH2_ADAPTER() \
  [[maybe_unused]] static const bool APART_CATCH2_NAME(__LINE__) = (::apart::detail::register_catch2_listener(), true)
#define APART_CATCH2_NAME(line) APART_CATCH2_JOINED(line)
#define APART_CATCH2_JOINED(line) apart_catch2_adapter_of_line_##line

APART_BEGIN_NAMESPACE
namespace detail {

#if __has_include(<catch2/catch_all.hpp>)
using catch2_listener_base = Catch::EventListenerBase;
#else
using catch2_listener_base = Catch::TestEventListenerBase;
#endif

/// As they are written.
inline std::vector<std::string> catch2_tags(const Catch::TestCaseInfo& test) {
#if __has_include(<catch2/catch_all.hpp>)
  std::vector<std::string> tags;
  for (const Catch::Tag& tag : test.tags) tags.push_back(static_cast<std::string>(tag.original));
  return tags;
#else
  return test.tags;
#endif
}

/// `tag` in lower case; Catch2 takes its tags in either.
inline bool catch2_has_tag(const Catch::TestCaseInfo& test, std::string_view tag) {
  const auto same = [](char one, char other) { return std::tolower(static_cast<unsigned char>(one)) == other; };
  for (const std::string& one : catch2_tags(test)) {
    if (std::equal(one.begin(), one.end(), tag.begin(), tag.end(), same)) return true;
  }
  return false;
}

/// Tells apart where tests begin and end: a body begins with the root section of a test case and ends with it, once per
/// leaf section. Clean-ups run there, since it is the last moment at which a test may still fail.
///
/// A test whose process could not be initialized fails there too: a reporter does not know the section yet when it
/// begins. APART_CATCH2_MAIN asks before each body and does not run it. Under another main the body runs, so the reason
/// is reported before it, on stderr: the body may crash for it.
///
/// A test with the tag [serial] is alone in its run, see `serial_turn`; where it cannot be, it fails. Others go on where
/// they get no turn: then no serial test does. A forked child that comes back from its parent's body ends there, with the
/// verdict so far.
class catch2_listener : public catch2_listener_base {
 public:
  using catch2_listener_base::catch2_listener_base;

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    test_ = test.name;
    serial_ = catch2_has_tag(test, "serial");
    test_failed.store(false);
  }

  void testCaseEnded(const Catch::TestCaseStats&) override { turn_.reset(); }

  void sectionStarting(const Catch::SectionInfo&) override {
    if (depth_++ > 0) return;
    owner_ = process_owner();
    not_begun_.clear();
    take_turn();
    const auto failed = [](const char* text) { not_begun_ = text; };
    if (not_begun_.empty() && attempt([this] { running_test::of_this_process().begin(test_); }, failed)) {
      attempt(initialize_process, failed);
    }
    if (not_begun_.empty() || asked_before_bodies_ || not_begun_ == reported_) return;
    reported_ = not_begun_;
    report(reported_);
  }

  void sectionEnded(const Catch::SectionStats&) override {
    if (--depth_ > 0 || crashed_) return;
    if (!owner_.is_this_process()) std::_Exit(test_failed.load() ? EXIT_FAILURE : EXIT_SUCCESS);
    if (!not_begun_.empty()) fail(std::exchange(not_begun_, {}));
    running_test::of_this_process().end([](const std::string& text) { fail(text); });
  }

// Catch2 2.13 wants an answer: whether the message buffers may be cleared.
#if __has_include(<catch2/catch_all.hpp>)
  void assertionEnded(const Catch::AssertionStats& assertion) override { note(assertion); }
#else
  bool assertionEnded(const Catch::AssertionStats& assertion) override {
    note(assertion);
    return false;
  }
#endif

  /// For a main that comes between Catch2 and the bodies: it asks before each one for the reason why it must not run,
  /// and fails the test with it. Empty: none.
  static void will_be_asked() { asked_before_bodies_ = true; }
  static std::string reason_not_to_run() { return std::exchange(not_begun_, {}); }

  static void fail(const std::string& text) {
    Catch::AssertionHandler handler("apart", Catch::SourceLineInfo(__FILE__, static_cast<std::size_t>(__LINE__)),
                                    Catch::StringRef(), Catch::ResultDisposition::ContinueOnFailure);
    handler.handleMessage(Catch::ResultWas::ExplicitFailure, std::string(text));
    handler.complete();
  }

  static void set_inside_a_test(bool inside) { inside_a_test_ = inside; }

  /// Whether any assertion has failed so far.
  static bool any_failed() { return any_failed_; }

 private:
  void take_turn() {
    if (turn_) return;
    attempt([this] { turn_.emplace(serial_, inside_a_test_); },
            [this](const char* text) {
              if (serial_) not_begun_ = text;
            });
  }

  /// After a fatal signal Catch2 ends its sections inside the signal handler: no place to run anybody's clean-ups.
  void note(const Catch::AssertionStats& assertion) {
    if (!assertion.assertionResult.isOk()) {
      test_failed.store(true);
      any_failed_ = true;
    }
    if (assertion.assertionResult.getResultType() == Catch::ResultWas::FatalErrorCondition) crashed_ = true;
  }

  // One thread runs the tests.
  static inline std::string not_begun_;  ///< what went wrong before the body
  static inline std::string reported_;   ///< the last of these that was reported
  static inline bool asked_before_bodies_ = false;
  static inline bool inside_a_test_ = false;
  static inline bool any_failed_ = false;

  std::string test_;
  process_owner owner_;
  bool serial_ = false;
  std::optional<serial_turn> turn_;  ///< while a test case runs, with all that its sections make of it
  int depth_ = 0;
  bool crashed_ = false;
};

/// Once in a program, while one thread has loaded it.
inline void register_catch2_listener() {
  static const bool inside = announce_test_process();
  catch2_listener::set_inside_a_test(inside);
#if __has_include(<catch2/catch_all.hpp>)
  static const Catch::ListenerRegistrar<catch2_listener> registered{Catch::StringRef("apart")};
#else
  static const Catch::ListenerRegistrar<catch2_listener> registered;
#endif
}

}  // namespace detail
APART_END_NAMESPACE
