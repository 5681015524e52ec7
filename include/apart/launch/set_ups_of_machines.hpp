#pragma once

#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include <apart/run/coordinator.hpp>
#include <apart/run/detail/run_set_up.hpp>
#include <apart/run/detail/set_up_entry.hpp>

APART_BEGIN_NAMESPACE

/// The set-ups that a run over machines has once, seen from one of them: the machine that asks first owns a set-up, runs it
/// and tears it down; the others use its payload. Those of `scope::machine`, and all where the run has one machine, are
/// always this one's own.
///
/// The owner holds a lock from the decision to the tear-down, and each machine shares another one while something there may
/// stand on the set-up. Both go with a machine that dies: what was not decided falls to the next that asks, what was is
/// torn down by the last that has used it. After the tear-down it can be set up anew.
/// One thread. Errors: none; where the coordinator is lost, set-ups fail with its text, and no tear-down waits for others.
/// A cycle of set-ups that two machines walk in at once is not found: it ends with the time limits of the tests.
class set_ups_of_machines {
 public:
  /// Null: the run has one machine.
  explicit set_ups_of_machines(coordinator* run) : run_(run) {}

  /// This machine is to set it up, and to say `decided` or `give_up`; or what has become of it; or neither: ask again.
  struct answer {
    bool is_mine = false;
    std::optional<detail::set_up_outcome> outcome;
  };
  answer ask(const std::string& name) {
    if (!is_shared(name)) return {true, std::nullopt};
    answer found;
    detail::attempt([&] { found = decide(name); },
                    [&](const char* text) {
                      found = {false, detail::set_up_outcome{false, text}};
                    });
    return found;
  }

  void decided(const std::string& name, const detail::set_up_outcome& outcome) {
    if (!is_shared(name)) return;
    detail::attempt(
        [&] {
          static_cast<void>(run_->create(text_of(name), (outcome.ready ? '1' : '0') + outcome.bytes));
          if (!outcome.ready) forget(name);
        },
        lost);
  }
  /// Another machine may set it up.
  void give_up(const std::string& name) {
    if (is_shared(name)) detail::attempt([&] { forget(name); }, lost);
  }

  /// Nothing here stands on it any more. Returns whether this machine owns it now, since its owner has died.
  bool leave(const std::string& name) {
    bool is_mine = false;
    if (times_.count(name) == 0) return false;
    detail::attempt(
        [&] {
          run_->unlock(use_of(name));
          is_mine = run_->try_lock(owner_of(name)) && !run_->read(end_of(name)) && run_->read(text_of(name));
          if (!is_mine) forget(name);
        },
        lost);
    return is_mine;
  }

  /// Of one that this machine owns. False: another one may stand on it: ask again.
  bool may_tear_down(const std::string& name) {
    if (!is_shared(name)) return true;
    bool may = true;
    detail::attempt(
        [&] {
          run_->unlock(use_of(name));  // its own share
          may = run_->try_lock(use_of(name));
        },
        lost);
    return may;
  }
  void torn_down(const std::string& name) {
    if (!is_shared(name) || times_.count(name) == 0) return;
    detail::attempt(
        [&] {
          static_cast<void>(run_->create(end_of(name), ""));
          forget(name);
        },
        lost);
  }

 private:
  bool is_shared(const std::string& name) const {
    int count = 0;
    const detail::set_up_entry* const entry = run_ == nullptr ? nullptr : detail::set_up_entry::find(name, count);
    return entry != nullptr && !entry->is_of_machine();
  }

  answer decide(const std::string& name) {
    if (times_.count(name) == 0 && !share(name)) return {};
    auto known = outcome_of(name);
    const bool is_free = !known && run_->try_lock(owner_of(name));
    if (is_free) known = outcome_of(name);  // by an owner that has gone since
    if (is_free && !known) return {true, std::nullopt};
    if (is_free) run_->unlock(owner_of(name));
    if (known && !known->ready) forget(name);
    return {false, known};
  }

  /// False: it is being torn down.
  bool share(const std::string& name) {
    for (unsigned time = 0;; ++time) {
      times_[name] = time;
      const bool shared = run_->try_lock_shared(use_of(name));
      const bool ended = run_->read(end_of(name)).has_value();
      if (shared && !ended) return true;
      if (shared) run_->unlock(use_of(name));
      if (ended) continue;
      times_.erase(name);
      return false;
    }
  }

  void forget(const std::string& name) {
    run_->unlock(owner_of(name));
    run_->unlock(use_of(name));
    times_.erase(name);
  }

  std::optional<detail::set_up_outcome> outcome_of(const std::string& name) {
    const auto text = run_->read(text_of(name));
    if (!text || text->empty()) return std::nullopt;
    return detail::set_up_outcome{text->front() == '1', text->substr(1)};
  }

  std::string owner_of(const std::string& name) const { return entry("owner", name); }
  std::string use_of(const std::string& name) const { return entry("use", name); }
  std::string text_of(const std::string& name) const { return entry("outcome", name); }
  std::string end_of(const std::string& name) const { return entry("end", name); }
  std::string entry(const char* kind, const std::string& name) const {
    return fmt::format("{} {} of set-up {}", kind, times_.at(name), name);
  }

  /// The launcher hears of it by the session.
  static void lost(const char*) {}

  coordinator* const run_;
  std::map<std::string, unsigned> times_;  ///< of those that this machine shares: how often each was torn down before
};

APART_END_NAMESPACE
