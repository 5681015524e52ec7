#pragma once

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <apart/detail/connection.hpp>
#include <apart/detail/inherited.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/detail/report.hpp>
#include <apart/launch/worker_process.hpp>
#include <apart/process/initializer.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/detail/claim_journal.hpp>
#include <apart/run/detail/local_set_ups.hpp>
#include <apart/run/detail/own_journals.hpp>
#include <apart/run/detail/set_up.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The keeper: the process of the run that sets up and tears down, and runs no tests, so that no test can crash it. In
/// a session of its own, and the parent of what the set-ups start.
///
/// When the launcher dies it waits until every worker has gone, tears down what it has set up, and goes.
class keeper_process {
 public:
  keeper_process() : work_(inherited_socket(launched_as().work)) {
    keep_launcher_descriptors_private();
    adopt_orphans();
    follow_cancellation();
    static keeper_process* self = this;
    local_set_ups::of_this_process().decided = [](const local_set_ups::record& one) {
      self->answer(one.entry->name(), one.outcome, one.began, one.ended);
    };
    at_fork(nullptr, nullptr, [] {
      self->work_.close();
      leave_members();
    });
  }

  /// The process's exit status.
  int run() {
    attempt(initialize_process, [this](const char* text) { not_initialized_ = text; });
    while (auto told = work_.receive()) {
      switch (told->kind()) {
        case message::set_up:
          set_up(told->text());
          break;
        case message::tear_down:
          tear_down(*told);
          break;
        case message::stop:
          clean_claims_of_set_ups();
          return EXIT_SUCCESS;
        default:
          break;
      }
    }
    wait_for_members_to_leave();
    wait_for_journals();
    clean_claims_of_workers();
    end_own_run();
    clean_claims_of_set_ups();
    return EXIT_FAILURE;
  }

 private:
  void set_up(const std::string& name) {
    int count = 0;
    const set_up_entry* entry = set_up_entry::find(name, count);
    if (!not_initialized_.empty()) return refuse(name, not_initialized_);
    if (entry == nullptr) {
      return refuse(name, count > 0
                              ? set_up_entry::refusal_of_twins(name)
                              : "per_run \"" + name +
                                    "\" is unknown to the process that sets up; it has to stand at namespace scope");
    }
    attempt([&] { local_set_ups::of_this_process().get(*entry, context::process()); }, [](const char*) {});
  }

  using moment = std::chrono::steady_clock::time_point;

  void refuse(const std::string& name, const std::string& why) {
    const moment now = std::chrono::steady_clock::now();
    answer(name, {false, why}, now, now);
  }

  void answer(const std::string& name, const set_up_outcome& outcome, moment began, moment ended) {
    flush_output();  // which is shown with a failure
    work_.send(wire_writer(message::payload)
                   .text(name)
                   .number(outcome.ready ? 1 : 0)
                   .text(outcome.bytes)
                   .moment(began)
                   .moment(ended));
  }

  static std::string claims_place() { return coordination_place.directory_of(this_worker().run_id); }

  /// A process that is dying closes one file after the other, and may hold its journal for a moment after it has left.
  static void wait_for_journals() {
    using namespace std::chrono_literals;
    const auto most = std::chrono::steady_clock::now() + 1s;
    while (has_held_journals(claims_place()) && std::chrono::steady_clock::now() < most) {
      std::this_thread::sleep_for(1ms);
    }
  }

  /// They may stand on what is torn down next.
  static void clean_claims_of_workers() {
    attempt([] { clean_claims(claims_place()); }, [](const char* text) { report(text); });
  }

  /// Here rather than at exit: what their handlers use that was made later would be destroyed before.
  static void clean_claims_of_set_ups() {
    attempt([] { set_up_journals_of_this_process.clean(); }, [](const char* text) { report(text); });
  }

  void tear_down(wire_reader& told) {
    clean_claims_of_workers();
    for (std::uint64_t left = told.number(); left > 0; --left) {
      const std::string name = told.text();
      const std::string payload = told.text();
      int count = 0;
      std::string failure;
      const moment began = std::chrono::steady_clock::now();
      if (const set_up_entry* entry = set_up_entry::find(name, count)) {
        failure = run_tear_down(*entry, payload);
      }
      const moment ended = std::chrono::steady_clock::now();
      flush_output();
      work_.send(wire_writer(message::torn_down).text(name).text(failure).moment(began).moment(ended));
    }
    local_set_ups::of_this_process().forget();
  }

  connection work_;
  std::string not_initialized_;
};

}  // namespace detail
APART_END_NAMESPACE
