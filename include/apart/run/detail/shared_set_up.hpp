#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/context/detail/describe.hpp>
#include <apart/context/detail/raise_cancelled.hpp>
#include <apart/detail/file_lock.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/process/detail/process_label.hpp>
#include <apart/run/detail/claim_journal.hpp>
#include <apart/run/detail/lock_wait.hpp>
#include <apart/run/detail/own_journals.hpp>
#include <apart/run/detail/run_set_up.hpp>
#include <apart/run/detail/set_up_entry.hpp>
#include <apart/run/detail/set_up_locks.hpp>
#include <apart/run/detail/set_up_record.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A set-up that the processes of a run share without a launcher: they keep one another. What one of them has set up is
/// a generation; it lasts for as long as any process is a member of it, and the last one to leave tears it down.
///
/// The kernel says who is there: see `set_up_locks`.
///
/// With the gate held: a record that says "building" is of a leader that died, since a living one has the gate; a
/// generation without members is over, whatever its record says, and whoever finds it so tears it down before it sets
/// up the next. Who has to wait for the gate becomes a member of what is being built first: that is why a set-up that
/// dies fails all who waited for it, instead of being tried by each in turn.
///
/// Owner: one object in one process, which stays a member until it leaves. Threads: one at a time. Fork: a child is no
/// member.
class shared_set_up {
 public:
  shared_set_up(const set_up_entry& entry, const std::string& run_directory)
      : entry_(entry),
        run_directory_(run_directory),
        locks_(set_up_directory(run_directory, entry.declaration()), entry.label()) {}

  /// The payload, or what went wrong; this process is a member afterwards. Throws where there is no answer:
  /// `cancelled_error`, a cycle, what the system refuses. `outer`: the set-up that asks. `use`: called with the name of
  /// each set-up that this one stands on, so that this process is a member of these, too.
  template <class Use>
  set_up_outcome join(const context& waiting, shared_set_up* outer, Use use) {
    outer_ = outer;
    set_up_record record = enter(lock_mode::shared, waiting);
    const gate_scope inside(*this);
    if (!is_alive(record)) {
      locks_.leave_gate();
      record = enter(lock_mode::exclusive, waiting);
    }
    if (!is_alive(record)) {
      if (record.state != set_up_state::none) report_failure(recover(record));
      return lead(record.generation + 1);
    }
    set_up_outcome known = outcome_of(record);
    be_member_of(record.generation);
    if (known.ready) {
      for (const std::string& name : record.uses) use(name);
    }
    decided_ = true;
    return known;
  }

  /// This set-up, which runs, has asked for another one.
  void note_use(std::string_view name) { uses_.emplace_back(name); }

  /// This process needs it no more; the last one tears it down. Returns what went wrong with that, or "".
  std::string leave() {
    if (!locks_.is_member()) return {};
    const gate_scope inside(*this);
    locks_.stop_leading();
    locks_.leave_gate();
    const std::uint64_t generation = locks_.member_of();
    if (!decided_) {
      locks_.leave();
      // Who leaves before a generation is built has not been counted on by anybody yet.
      if (read().generation != generation || set_up_locks::has_leader(directory(), generation)) return {};
    }
    if (const int code = locks_.gate().lock(lock_mode::exclusive)) locks_.refuse(code);
    std::string failure;
    set_up_record record = read();
    if (record.generation == generation && !locks_.has_other_members(generation)) failure = recover(record);
    locks_.leave();
    return failure;
  }

 private:
  static constexpr unsigned most_tear_downs = 3;

  struct gate_scope {
    explicit gate_scope(shared_set_up& entered) noexcept : set_up(entered) {}
    ~gate_scope() {
      set_up.locks_.stop_leading();
      set_up.locks_.leave_gate();
    }
    gate_scope(const gate_scope&) = delete;
    gate_scope& operator=(const gate_scope&) = delete;
    shared_set_up& set_up;
  };

  const std::string& directory() const noexcept { return locks_.directory(); }

  void be_member_of(std::uint64_t generation) {
    if (locks_.is_member_of(generation)) return;
    locks_.join(generation);
    decided_ = false;
  }

  /// With the gate held.
  bool is_alive(const set_up_record& record) const {
    return (record.state == set_up_state::building || record.state == set_up_state::ready ||
            record.state == set_up_state::failed) &&
           locks_.has_members(record.generation);
  }

  /// What cannot be understood, as after a crash of the machine, is as nothing: no living process has left it.
  set_up_record read() const {
    set_up_record record;
    const int code = read_record(directory(), record);
    if (code == 0) return record;
    report(system_fault(code, entry_.label() + ": skipped what cannot be read in '" + directory() + "/record'"));
    record.state = set_up_state::none;
    return record;
  }

  int write(const set_up_record& record) const { return write_record(directory(), record); }

  /// Before it waits for the gate: of the generation that is being built, or is to be.
  void be_member_of_next() {
    for (;;) {
      const set_up_record record = read();
      const bool building =
          record.state == set_up_state::building && set_up_locks::has_leader(directory(), record.generation);
      const std::uint64_t next = building ? record.generation : record.generation + 1;
      if (locks_.is_member_of(next)) return;
      be_member_of(next);
    }
  }

  set_up_record enter(lock_mode mode, const context& waiting) {
    int code = 0;
    if (!locks_.gate().try_lock(mode, code) && code == 0) {
      be_member_of_next();
      if (outer_ != nullptr) outer_->wait_for(*this);
      const bool entered = wait_for_lock(locks_.gate(), mode, waiting, code);
      if (!entered && code == 0) refuse(waiting);
    }
    if (code != 0) locks_.refuse(code);
    return read();
  }

  [[noreturn]] void refuse(const context& waiting) const {
    const set_up_record record = read();
    std::string what = entry_.label() + ": " + describe_end(*context_access::node(waiting));
    if (record.state == set_up_state::building) what += "; it is being set up by " + record.who;
    raise_cancelled(waiting, what);
  }

  /// While its set-up runs: tells the other processes what it waits for, and looks whether that waits for this one. Of
  /// two that begin to wait at once one at least sees the other.
  void wait_for(const shared_set_up& needed) {
    record_.needs = needed.directory();
    static_cast<void>(write(record_));
    std::string path;
    std::string next = needed.directory();
    for (int steps = 0; steps < 64 && !next.empty(); ++steps) {
      set_up_record record;
      if (read_record(next, record) != 0 || record.state != set_up_state::building) return;
      if (!set_up_locks::has_leader(next, record.generation)) return;
      path += " > " + record.name;
      for (const shared_set_up* mine = this; mine != nullptr; mine = mine->outer_) {
        if (mine->directory() != record.needs) continue;
        std::string inner;
        for (const shared_set_up* one = this; one != mine; one = one->outer_) {
          inner.insert(0, std::string(" > ") + one->entry_.name());
        }
        raise(error(mine->entry_.label() + " needs itself: " + mine->entry_.name() + inner + path + " > " +
                    mine->entry_.name() + ", in several processes"));
      }
      next = record.needs;
    }
  }

  set_up_outcome outcome_of(const set_up_record& record) const {
    if (record.state == set_up_state::building) {
      return {false, entry_.label() + ": its set-up did not return: " + record.who + ", which ran it, ended"};
    }
    if (record.layout != entry_.layout()) {
      raise(error(entry_.label() + ": in the program of " + record.who +
                  ", which has set it up, its payload is of another type; compile both programs alike"));
    }
    return {record.state == set_up_state::ready, record.payload};
  }

  /// With the gate held exclusively.
  set_up_outcome lead(std::uint64_t generation) {
    be_member_of(generation);
    locks_.lead(generation);
    uses_.clear();
    record_ = set_up_record();
    record_.generation = generation;
    record_.state = set_up_state::building;
    record_.name = entry_.name();
    record_.who = process_label();
    record_.layout = entry_.layout();
    if (const int code = write(record_)) raise_system(code, entry_.label() + ": cannot write to '" + directory() + "'");
    set_up_outcome done;
    {
      const shared_set_up_claims claims(set_up_journal_path(directory(), generation));
      done = run_set_up(entry_);
    }
    record_.needs.clear();
    record_.uses = uses_;
    record_.state = done.ready ? set_up_state::ready : set_up_state::failed;
    record_.payload = done.bytes;
    if (const int code = write(record_)) {
      const std::string text =
          system_fault(code, entry_.label() + ": cannot write its payload to '" + directory() + "'").text;
      if (done.ready) report_failure(run_tear_down(entry_, done.bytes));
      done = {false, text};
      record_.state = set_up_state::failed;
      record_.payload = text;
      report(system_fault(write(record_), text));
    }
    if (!done.ready) clean_set_up_claims(directory());
    record_.payload.clear();
    decided_ = true;
    return done;
  }

  /// Ends a generation that has no members any more, with the gate held exclusively; `record` says so afterwards.
  /// Returns what went wrong with its tear-down, or "".
  std::string recover(set_up_record& record) {
    std::string failure;
    clean_claims(run_directory_);  // of dead processes: what they claimed may stand on what is torn down
    if (record.state == set_up_state::building) {
      report(entry_.label() + ": its set-up did not return: " + record.who +
             ", which ran it, ended; what it had claimed is cleaned up");
    } else if (record.state == set_up_state::ready || record.state == set_up_state::leaving) {
      failure = tear_down(record);
    }
    clean_set_up_claims(directory());
    const std::uint64_t generation = record.generation;
    record = set_up_record();
    record.generation = generation;
    report(system_fault(write(record), entry_.label() + ": cannot write to '" + directory() + "'"));
    return failure;
  }

  std::string tear_down(set_up_record& record) {
    if (!entry_.has_tear_down()) return {};
    if (record.layout != entry_.layout()) {
      return entry_.label() + ", which " + record.who +
             " has set up in another program, is not torn down: there its "
             "payload is of another type";
    }
    if (record.attempt == most_tear_downs) {
      return entry_.label() + ": its tear-down is given up: " + std::to_string(most_tear_downs) +
             " processes ended in it, the last one was " + record.who;
    }
    record.state = set_up_state::leaving;
    record.who = process_label();
    ++record.attempt;
    report(system_fault(write(record), entry_.label() + ": cannot write to '" + directory() + "'"));
    return run_tear_down(entry_, record.payload);
  }

  static void report_failure(const std::string& text) {
    if (!text.empty()) report(text);
  }

  const set_up_entry& entry_;
  const std::string run_directory_;
  shared_set_up* outer_ = nullptr;
  set_up_locks locks_;
  bool decided_ = false;  ///< false: only a witness of the generation, which may not be built yet
  set_up_record record_;  ///< while its set-up runs here
  std::vector<std::string> uses_;
};

}  // namespace detail
APART_END_NAMESPACE
