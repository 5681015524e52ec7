#pragma once

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <apart/context/detail/process_contexts.hpp>
#include <apart/detail/ancestor.hpp>
#include <apart/detail/captured_output.hpp>
#include <apart/detail/child_process.hpp>
#include <apart/detail/connection.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/inherited.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/loaded_files.hpp>
#include <apart/detail/local_socket.hpp>
#include <apart/detail/open_process.hpp>
#include <apart/detail/poll_set.hpp>
#include <apart/detail/random.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/socket_address.hpp>
#include <apart/process/initializer.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/detail/ctest_set_ups.hpp>
#include <apart/run/detail/set_up.hpp>
#include <apart/run/run_lock.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The keeper of a run of ctest that has a process for each test: the process that runs all set-ups of this program, so that
/// each runs once although no test lives long, and their tear-downs at the end of the run.
///
/// Starts: by the test that opens a fixture, see `open_ctest_run`. Ends: when as many have closed as have opened, or when
/// ctest has ended, in whatever way. It is a member of every set-up from the beginning (see `shared_set_up`): when it
/// leaves, the last one, it tears them down. Where it is killed, the tests go on without it, and keep one another.
class ctest_keeper {
 public:
  ctest_keeper() : opener_(launched_as().work), listening_(launched_as().news), ctest_(launched_as().members) {
    keep_launcher_descriptors_private();
    adopt_orphans();
    static ctest_keeper* self = this;
    at_fork(nullptr, nullptr, [] { self->close_all(); });  // a child that lives on must not look like the keeper
  }
  ctest_keeper(const ctest_keeper&) = delete;
  ctest_keeper& operator=(const ctest_keeper&) = delete;

  /// The process's exit status.
  int run() {
    const auto failed = [](const char* text) { report(text); };
    initialized_ = attempt(initialize_process, failed);
    for (const set_up_entry* const entry : set_up_entry::all()) {
      attempt([&] { local_set_ups::of_this_process().witness(*entry, coordination_directory()); }, failed);
    }
    std::thread([ctest = ctest_] { cancel_when_it_ends(ctest); }).detach();
    opener_.send(wire_writer(message::done));
    opener_.close();
    for (opened_ = 1; opened_ > 0 && !is_readable(ctest_);) {
      wait();
      serve();
    }
    if (opened_ > 0) outlive_orphans();
    return end();
  }

 private:
  /// A killed ctest leaves tests running. One that is killed, too, tears nothing down and removes nothing, so the keeper is the
  /// last to leave the run; but not for ever: the keeper of another program may be waiting likewise.
  static void outlive_orphans() {
    using namespace std::chrono_literals;
    const auto most = std::chrono::steady_clock::now() + 5s;
    while (coordination_place.is_shared() && std::chrono::steady_clock::now() < most) std::this_thread::sleep_for(10ms);
  }

  void close_all() noexcept {
    leave_members();
    descriptor(listening_).close();
    opener_.close();
    for (connection& one : connected_) one.close();
    closer_.close();
  }

  static void cancel_when_it_ends(int ctest) {
    poll_set one;
    one.add(ctest, false);
    while (!is_readable(ctest)) one.wait_until(std::chrono::steady_clock::time_point::max());
    process_contexts::instance().run->cancel("the run is cancelled", shared_unless_empty("ctest has ended"));
  }

  void wait() {
    poll_set all;
    for (const int one : {listening_, ctest_}) all.add(one, false);
    for (const connection& one : connected_) all.add(one.descriptor(), false);
    all.wait_until(std::chrono::steady_clock::time_point::max());
  }

  void serve() {
    if (is_readable(listening_)) connected_.emplace_back(accept_at(listening_).release());
    for (connection& one : connected_) {
      one.poll();
      while (auto told = one.take()) answer(one, *told);
    }
    connected_.remove_if([](const connection& one) { return one.closed(); });
  }

  void answer(connection& asking, wire_reader& told) {
    switch (told.kind()) {
      case message::open:
        ++opened_;
        break;
      case message::close:
        if (--opened_ > 0) break;
        closer_ = std::move(asking);
        return;
      case message::need:
        if (initialized_) set_up(told.text());
        break;
      default:
        return;
    }
    asking.send(wire_writer(message::done));
  }

  /// Who asks reads what came of it where it stands for all. What this program does not have at namespace scope who asks
  /// sets up.
  static void set_up(const std::string& name) {
    int count = 0;
    const set_up_entry* const entry = set_up_entry::find(name, count);
    if (entry == nullptr) return;
    local_set_ups& here = local_set_ups::of_this_process();
    attempt([&] { static_cast<void>(here.get(*entry, context::process(), &coordination_directory())); },
            [](const char*) {});
  }

  int end() {
    const auto failed = [](const char* text) { report(text); };
    const bool torn_down = end_own_run_and_claims();
    end_children([](pid_t child) {
      if (const auto text = describe_process(child)) report("a set-up has left running, which is ended: " + *text);
    });
    static_cast<void>(remove_file(ctest_keeper_address(coordination_directory())));
    std::fflush(nullptr);
    std::string printed;
    static_cast<void>(read_file("/proc/self/fd/1", printed));
    attempt(leave_run, failed);  // before the run is told that it has ended
    wire_writer ended(message::ended);
    ended.number(torn_down ? 1 : 0).text(printed);
    closer_.send(std::move(ended));
    return torn_down ? EXIT_SUCCESS : EXIT_FAILURE;
  }

  connection opener_;
  const int listening_;
  const int ctest_;
  bool initialized_ = false;
  unsigned opened_ = 0;
  std::list<connection> connected_;
  connection closer_;  ///< the last one
};

inline int run_ctest_keeper() { return ctest_keeper().run(); }

/// A message to the keeper of this run, and what it answers; nothing where there is none.
inline std::optional<wire_reader> ask_ctest_keeper(message what) {
  descriptor connected;
  if (connect_to(ctest_keeper_address(coordination_directory()), connected) != 0) return std::nullopt;
  connection keeper(connected.release());
  if (!keeper.send(wire_writer(what))) return std::nullopt;
  return keeper.receive();
}

inline void start_ctest_keeper(const std::string& program, const descriptor& ctest) {
  const std::string address = ctest_keeper_address(coordination_directory());
  static_cast<void>(remove_file(address));  // of one that was killed
  descriptor listening;
  const int code = listen_at(address, listening);
  if (code == ENAMETOOLONG) raise(error(why_no_socket(address)));
  if (code != 0) raise_system(code, "cannot listen at '" + address + "'");
  const auto [here, there] = socket_pair();
  connection keeper(here);
  const connection closed_here(there);
  const captured_output output;
  const std::string variable = fmt::format("{}=", launched_variable);
  child_settings settings;
  settings.arguments = {program};
  settings.environment = {
      "APART_RUN_ID=" + this_worker().run_id,
      fmt::format("{}0000000000:c:{}:{}:{}:0:{:x}", variable, there, listening.get(), ctest.get(), random_bits())};
  settings.pid_offset = variable.size();
  settings.descriptors = {there, listening.get(), ctest.get()};
  settings.output = output.descriptor();
  settings.own_session = true;
  start_child(std::move(settings));
  if (keeper.receive()) return;
  raise(error("the process that is to keep the set-ups of this run has ended:\n" + output.read(0, output.size())));
}

/// For the test that opens a fixture of ctest: the keeper is there when it returns. An `apart::error` where there can be none.
inline void open_ctest_run(const std::string& program) {
  const std::optional<process_identity> above = nearest_ancestor("ctest");
  if (!above) raise(error("--ctest=open: no ctest runs this process"));
  descriptor ctest;
  if (const int code = open_process(*above, ctest)) raise_system(code, "--ctest=open: cannot watch ctest");
  const run_lock one_at_a_time("the keeper of " + path_of_program());
  if (!ask_ctest_keeper(message::open)) start_ctest_keeper(program, ctest);
}

/// For the one that closes it: the last one returns when all set-ups are torn down, and has printed what the keeper has.
/// Whether that went well.
inline bool close_ctest_run() {
  auto told = ask_ctest_keeper(message::close);
  if (!told) {
    report("the process that kept the set-ups of this run is not there: it was killed, or another test has ended it");
    return false;
  }
  if (told->kind() != message::ended) return true;
  const bool torn_down = told->number() != 0;
  fmt::print("{}", told->text());
  return torn_down;
}

}  // namespace detail
APART_END_NAMESPACE
