#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
    const set_up_locks::gate_scope inside(locks_);
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

  /// A member of what is there, or is to be set up next, before anybody asks: it lasts until this process leaves.
  void witness() { be_member_of_next(); }

  /// Whether its set-up runs in this process: the record is this process's to write.
  bool leads() const noexcept { return record_.state == set_up_state::building; }

  /// This set-up, which runs, has asked for another one. Written at once: also where its process dies, it ends first.
  void note_use(std::string_view name) {
    record_.uses.push_back(std::string(name));
    report(write(record_));
  }

  /// This process needs it no more; the last one tears it down. Returns what went wrong with that, or "".
  std::string leave() {
    if (!locks_.is_member()) return {};
    const set_up_locks::gate_scope inside(locks_);
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
    const set_up_record record = read();
    if (record.generation == generation && !locks_.has_other_members(generation)) failure = recover(record);
    locks_.leave();
    return failure;
  }

 private:
  static constexpr unsigned most_tear_downs = 3;

  const std::string& directory() const noexcept { return locks_.directory(); }

  void be_member_of(std::uint64_t generation) {
    if (locks_.is_member_of(generation)) return;
    locks_.join(generation);
    decided_ = false;
  }

  /// With the gate held.
  bool is_alive(const set_up_record& record) {
    const bool is_over = record.state == set_up_state::none || record.state == set_up_state::leaving;
    return !is_over && locks_.has_members(record.generation);
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

  fault write(const set_up_record& record) const {
    return system_fault(write_record(directory(), record), entry_.label() + ": cannot write to '" + directory() + "'");
  }

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
    report(write(record_));
    std::string path;
    std::string next = needed.directory();
    for (int steps = 0; steps < 64 && !next.empty(); ++steps) {
      set_up_record record;
      if (read_record(next, record) != 0 || record.state != set_up_state::building) return;
      if (!set_up_locks::has_leader(next, record.generation)) return;
      path += " > " + record.name;
      std::string inner;
      for (const shared_set_up* mine = this; mine != nullptr; mine = mine->outer_) {
        const std::string name = mine->entry_.name();
        if (mine->directory() == record.needs) {
          raise(error(mine->entry_.label() + " needs itself: " + name + inner + path + " > " + name +
                      ", in several processes"));
        }
        inner.insert(0, " > " + name);
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
    record_ = {generation, set_up_state::building, entry_.name(), process_label(), entry_.layout(), {}, {}, 0, {}};
    raise_if(write(record_));
    set_up_outcome done;
    {
      const shared_set_up_claims claims(set_up_journal_path(directory(), generation));
      done = run_set_up(entry_);
    }
    if (const fault unwritten = decide(done)) {
      if (done.ready) report_failure(run_tear_down(entry_, done.bytes));
      done = {false, unwritten.text};
      report(decide(done));
    }
    if (!done.ready) clean_set_up_claims(directory());
    record_ = set_up_record();
    decided_ = true;
    return done;
  }

  fault decide(const set_up_outcome& done) {
    set_up_record decided = record_;
    decided.needs.clear();
    decided.state = done.ready ? set_up_state::ready : set_up_state::failed;
    decided.payload = done.bytes;
    return write(decided);
  }

  /// Ends a generation that has no members any more, with the gate held exclusively. Returns what went wrong with its tear-down, or "".
  std::string recover(set_up_record record) {
    std::string failure;
    end_what_stands_on_it();
    if (record.state == set_up_state::building) {
      report(entry_.label() + ": its set-up did not return: " + record.who +
             ", which ran it, ended; what it had claimed is cleaned up");
    } else if (record.state == set_up_state::ready || record.state == set_up_state::leaving) {
      failure = tear_down(record);
    }
    clean_set_up_claims(directory());
    set_up_record none;
    none.generation = record.generation;
    report(write(none));
    return failure;
  }

  /// What dead processes have left: what bodies have claimed, and set-ups that have asked for this one, where this
  /// program has them. None of these has the gate for longer than this needs: who does is not dead, and left alone.
  void end_what_stands_on_it() const {
    clean_claims(run_directory_);
    for (const left_set_up& left : set_ups_left_in(run_directory_)) {
      int count = 0;
      const set_up_entry* const above = set_up_entry::find(left.record.name, count);
      if (!uses(left.record, entry_.name()) || above == nullptr) continue;
      shared_set_up other(*above, run_directory_);
      if (other.directory() == left.directory) other.end_if_dead();
    }
  }

  void end_if_dead() {
    int code = 0;
    if (!locks_.gate().try_lock(lock_mode::exclusive, code)) return;
    const set_up_locks::gate_scope inside(locks_);
    const set_up_record record = read();
    if (is_set_up(record) && !locks_.has_members(record.generation)) report_failure(recover(record));
  }

  std::string tear_down(set_up_record record) {
    if (!entry_.has_tear_down()) return {};
    if (record.layout != entry_.layout()) {
      return entry_.label() + ", which " + record.who +
             " has set up in another program, is not torn down: there its payload is of another type";
    }
    if (record.attempt == most_tear_downs) {
      return entry_.label() + ": its tear-down is given up: " + std::to_string(most_tear_downs) +
             " processes ended in it, the last one was " + record.who;
    }
    record.state = set_up_state::leaving;
    record.who = process_label();
    ++record.attempt;
    report(write(record));
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
};

}  // namespace detail
APART_END_NAMESPACE
