#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/detail/fork.hpp>
#include <apart/detail/saturate.hpp>
#include <apart/error.hpp>
#include <apart/run/claim.hpp>
#include <apart/run/detail/gated_child.hpp>
#include <apart/run/detail/process_identity.hpp>

APART_BEGIN_NAMESPACE

/// A program that runs beside the tests and ends with the run, however that ends: a server, a broker.
///
///     apart::claimed_process server({"redis-server", "--port", std::to_string(port)});
///     ...
///     server.stop();   // SIGTERM, and SIGKILL after 5 s
///
/// Purpose: a claim of the kind "process" that is journalled before the program runs. Its name is the process's id, when
/// it was started, and the boot: another process that has that id later is never touched.
/// Scope: the run on this machine. Owner: one object in one process. Movable; a moved-from object does nothing. A forked
/// child's copy does nothing.
/// The program: looked for in PATH; leads a session of its own, so that no interrupt of the terminal and no end of a test
/// reaches it; has this process's environment and directory, its stdout and stderr, a stdin that reads nothing, and no
/// other open files.
/// Destruction: without `stop()` it goes on, and is ended when the run's claims are cleaned up: see `claim`. So it ends,
/// too, where this process, or all of the run, is killed; then by SIGTERM, and after 5 s by SIGKILL. Its group ends with
/// it; what has left the group, or what it left running when it ended by itself and was reaped, is not found.
/// Windows: not there; the constructor is an error that says so.
/// Threads: distinct objects from any; one object from one at a time. Cancellation: `stop` waits for its `grace`.
/// Errors: `apart::error` that names the program that cannot be run.
class [[nodiscard]] claimed_process {
 public:
  [[nodiscard]] explicit claimed_process(std::vector<std::string> arguments)
      : claimed_process(detail::gated_child(std::move(arguments))) {}

  claimed_process(claimed_process&& other) noexcept
      : identity_(std::exchange(other.identity_, {})), claim_(std::move(other.claim_)), owner_(other.owner_) {}
  claimed_process& operator=(claimed_process&& other) noexcept {
    claimed_process taken(std::move(other));
    std::swap(identity_, taken.identity_);
    std::swap(claim_, taken.claim_);
    std::swap(owner_, taken.owner_);
    return *this;
  }
  ~claimed_process() = default;

  /// The process's id, which is its group's and session's, too; 0 where there is none.
  [[nodiscard]] long id() const { return detail::pid_in(identity_); }

  [[nodiscard]] bool running() const { return !identity_.empty() && !detail::process_has_ended(identity_); }

  /// Asks it to end (SIGTERM), kills what is left of its group after `grace`, and returns when it is gone. The second
  /// time does nothing. An `apart::error`, and still the run's, if the system does not even kill it, or `grace` is NaN.
  template <class Rep = std::chrono::seconds::rep, class Period = std::chrono::seconds::period>
  void stop(std::chrono::duration<Rep, Period> grace = std::chrono::seconds(5)) {
    if (identity_.empty() || !owner_.is_this_process()) return;
    detail::end_process(identity_, detail::saturated(grace));
    claim_.release();
    identity_.clear();
  }

 private:
  explicit claimed_process(detail::gated_child&& child)
      : identity_(detail::identify_process(child.id()).identity), claim_("process", identity_) {
    const detail::fault failed = child.let_go();
    if (!failed) return;
    claim_.release();
    detail::raise_if(failed);
  }

  std::string identity_;
  claim claim_;
  detail::process_owner owner_;
};

namespace detail {

inline const claim_handler ends_claimed_processes{
    "process", [](std::string_view identity) { end_process(identity, std::chrono::seconds(5)); }};

}  // namespace detail
APART_END_NAMESPACE
