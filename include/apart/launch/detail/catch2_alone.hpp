#pragma once

#include <cstdlib>
#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <apart/launch/detail/catch2_v3.hpp>
#else
#include <apart/launch/detail/catch2_v2.hpp>
#endif

#include <apart/adapter/catch2.hpp>
#include <apart/launch/detail/interrupts_alone.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// All tests in this process, by Catch2's own session, and what the launcher would have done for them: no body runs in a
/// process that could not be initialized, and signals do what `interrupts_alone` says. A test whose body did not run has
/// failed, and says why. One at a time, once in a process.
class catch2_alone {
 public:
  catch2_alone() {
    catch2_listener::will_be_asked();
    catch2_generation::run_bodies_by(run_body);
  }

  /// The process's exit status: no success where a body was kept from running, also of a [!shouldfail].
  int run(Catch::Session& session) {
    const int status = session.run();
    return status == EXIT_SUCCESS && kept_from_running_ ? EXIT_FAILURE : status;
  }

 private:
  static void run_body(const catch2_generation::test& body) {
    const std::string interrupted = interrupts_alone::reason_not_to_run();
    std::string reason = catch2_listener::reason_not_to_run();
    if (reason.empty()) reason = interrupted;
    if (reason.empty()) return body.invoke();
    kept_from_running_ = true;
    catch2_listener::fail(reason);
  }

  static inline bool kept_from_running_ = false;
  interrupts_alone interrupts_;
};

}  // namespace detail
APART_END_NAMESPACE
