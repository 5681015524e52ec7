#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <apart/context/detail/process_contexts.hpp>
#include <apart/detail/captured_output.hpp>
#include <apart/detail/connection.hpp>
#include <apart/detail/inherited.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/news_line.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/stack_trace.hpp>
#include <apart/detail/waits.hpp>
#include <apart/launch/detail/left_running.hpp>
#include <apart/launch/framework.hpp>
#include <apart/process/initializer.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/detail/set_up.hpp>
#include <apart/run/run_directory.hpp>
#include <apart/test/detail/running_test.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Equal in two processes when they have the same tests in the same order (FNV-1a, 64 bits).
inline std::uint64_t hash_of(const std::vector<planned_test>& tests) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const planned_test& test : tests) {
    for (const char byte : test.name) mix(static_cast<unsigned char>(byte));
    mix(test.serial ? 1 : 0);
  }
  return hash;
}

/// Listens for the run's cancellation from the moment when anything in this process could notice one.
inline void follow_cancellation() {
  static_cast<void>(this_worker());  // which gives the process's context its name
  news_line::of_this_process().on_cancel([](wire_reader& news) {
    process_contexts::instance().run->cancel("the run is cancelled", shared_unless_empty(news.text()));
  });
  process_contexts::instance().watch([] {
    attempt([] { news_line::of_this_process().listen(); },
            [](const char* text) { report(std::string("no cancellation will reach this process: ") + text); });
  });
}

/// What has been printed stands in the file that takes it.
inline void flush_output() {
  std::cout.flush();
  std::clog.flush();
  std::fflush(stdout);
}

/// A worker: one process for the whole run, which runs the tests that the launcher hands it, one list after the other.
///
/// A forked child of a test that comes back from the test's body ends here: it runs no further test, and says nothing
/// to the launcher.
class worker_process {
 public:
  explicit worker_process(framework& tests) : tests_(tests), work_(inherited_socket(launched_as().work)) {
    keep_launcher_descriptors_private();
    follow_cancellation();
    wait_log::of_this_process().want();
    print_stack_on_quit();
    captured_output::keep_no_line_back();
    static worker_process* self = this;
    at_fork(nullptr, nullptr, [] {
      self->work_.close();
      leave_members();
    });
  }

  /// The process's exit status.
  int run() {
    while (auto told = work_.receive()) {
      switch (told->kind()) {
        case message::begin:
          begin(*told);
          break;
        case message::describe:
          describe();
          break;
        case message::run:
          run_tests(*told);
          if (coordination_place.joined() != nullptr) clean_claims_of_dead(this_worker().run_id);
          return stopped_ ? EXIT_SUCCESS : EXIT_FAILURE;
        case message::stop:
          return EXIT_SUCCESS;
        default:
          break;
      }
    }
    return EXIT_FAILURE;
  }

 private:
  void begin(wire_reader& told) {
    planned_ = tests_.select(static_cast<std::uint32_t>(told.number()));
    const bool tests_have_a_limit = told.number() != 0;
    if (tests_have_a_limit) running_test::of_this_process().part_begins = [this] { part_begins(); };
    work_.send(wire_writer(message::hello).number(planned_.size()).number(hash_of(planned_)));
  }

  void describe() {
    wire_writer listing(message::listing);
    listing.number(planned_.size());
    for (const planned_test& test : planned_) listing.text(test.name);
    work_.send(std::move(listing));
  }

  /// From the first list on the framework leads.
  void run_tests(wire_reader& first) {
    const auto failed = [this](const char* text) { not_initialized_ = text; };
    if (attempt([] { running_test::limit(); }, failed)) attempt(prepare_process, failed);
    std::vector<std::size_t> list = take(first);
    const auto next = [&] { return list.empty() ? next_list() : std::exchange(list, {}); };
    tests_.run(next, [this](std::size_t index, const test_report& report) { return send(index, report); });
  }

  /// The former list has ended.
  std::vector<std::size_t> next_list() {
    work_.send(wire_writer(message::idle));
    while (auto told = work_.receive()) {
      if (told->kind() == message::stop) {
        stopped_ = true;
        return {};
      }
      if (told->kind() != message::run) continue;
      std::vector<std::size_t> list = take(*told);
      if (!list.empty()) return list;
      work_.send(wire_writer(message::idle));
    }
    return {};
  }

  /// What of the list is to be run; where the process could not be initialized, all of it has failed.
  std::vector<std::size_t> take(wire_reader& told) {
    until_one_fails_ = told.number() != 0;
    std::vector<std::size_t> list(static_cast<std::size_t>(told.number()));
    for (std::size_t& index : list) index = static_cast<std::size_t>(told.number());
    static_cast<void>(left_children_.describe_new());
    static_cast<void>(wait_log::of_this_process().take());
    builds_ = process_builds.load();
    printed_ = flushed_output();
    began_ = std::chrono::steady_clock::now();
    first_of_list_ = true;
    if (context::process().cancelled()) return {};
    if (not_initialized_.empty()) return list;
    for (const std::size_t index : list) send(index, {outcome::failed, not_initialized_});
    return {};
  }

  /// The first one begins with the test.
  void part_begins() {
    if (parts_++ > 0) work_.send(wire_writer(message::part));
  }

  /// Whether the next test is to begin.
  bool send(std::size_t index, const test_report& report) {
    if (!loaded_process.is_this_process()) std::_Exit(report.result == outcome::failed ? EXIT_FAILURE : EXIT_SUCCESS);
    const std::uint64_t output_ends = flushed_output();
    wire_writer told(message::finished);
    told.number(index).number(static_cast<std::uint64_t>(report.result));
    const test_bodies bodies = running_test::of_this_process().take_bodies();
    // What goes before the first one of a list is the framework's choice of tests, not the test's.
    const bool first_has_body = first_of_list_ && bodies.first_began != std::chrono::steady_clock::time_point();
    first_of_list_ = false;
    told.moment(first_has_body ? bodies.first_began : began_);
    began_ = std::chrono::steady_clock::now();
    told.moment(began_);
    told.moment(bodies.longest.began).moment(bodies.longest.ended);
    parts_ = 0;
    told.number(std::exchange(printed_, output_ends)).number(output_ends).text(report.text);
    tell_what_is_left(told);
    const std::vector<noted_wait> waits = wait_log::of_this_process().take();
    told.number(waits.size());
    for (const noted_wait& wait : waits) told.text(wait.what).moment(wait.began).moment(wait.ended);
    work_.send(std::move(told));
    return !context::process().cancelled() && !(until_one_fails_ && report.result == outcome::failed);
  }

  /// What a test starts while it builds something for the process is the process's.
  void tell_what_is_left(wire_writer& told) {
    std::vector<std::string> left = left_children_.describe_new();
    const bool spared = builds_ != process_builds.load();
    builds_ = process_builds.load();
    if (spared) left.clear();
    told.number(spared ? 1 : 0).number(left.size());
    for (const std::string& process : left) told.text(process);
  }

  std::uint64_t flushed_output() const {
    flush_output();
    return captured_output::size_of(output_);
  }

  framework& tests_;
  connection work_;
  std::vector<planned_test> planned_;
  std::chrono::steady_clock::time_point began_;
  bool first_of_list_ = false;
  std::uint64_t printed_ = 0;
  unsigned parts_ = 0;  ///< of the running test, so far
  left_children left_children_;
  unsigned builds_ = 0;
  std::string not_initialized_;
  bool stopped_ = false;          ///< by the launcher
  bool until_one_fails_ = false;  ///< so long the list of tests goes on
  const int output_ = captured_output::private_copy_of_stdout();
};

}  // namespace detail
APART_END_NAMESPACE
