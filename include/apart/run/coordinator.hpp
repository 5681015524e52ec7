#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <apart/context/context.hpp>

APART_BEGIN_NAMESPACE

/// What the members of one run meet through: locks by name, small texts, counters. Two of them: `file_coordinator`, for the
/// processes of one machine, and `postgres_coordinator` of interop/postgres.hpp, for machines.
///
/// Scope: the run. Owner: one object is one member, whatever number of threads it has: what it has locked it does not keep
/// from itself, and everything that it holds goes with it, also where its process is killed. Texts and counters stay until
/// the run has no member any more. Any text but the empty one is a name; locks, texts and counters each have names of
/// their own.
/// Threads: one at a time. Fork: a child's copy of the object is not to be used.
/// Errors: `apart::error` that names the place where they meet; after one the object is of no further use.
class coordinator {
 public:
  coordinator() = default;
  coordinator(const coordinator&) = delete;
  coordinator& operator=(const coordinator&) = delete;
  virtual ~coordinator() = default;

  /// False: another member holds it, in a way that excludes this one; or this member does, but for one more share.
  [[nodiscard]] virtual bool try_lock(std::string_view name) = 0;
  [[nodiscard]] virtual bool try_lock_shared(std::string_view name) = 0;
  /// Gives back what was locked last, or one share. Of what it does not hold nothing.
  virtual void unlock(std::string_view name) = 0;

  /// False: there is one of that name already, which stays as it is.
  [[nodiscard]] virtual bool create(std::string_view name, std::string_view bytes) = 0;
  [[nodiscard]] virtual std::optional<std::string> read(std::string_view name) = 0;

  /// Adds to a counter, which begins at 0. Returns what it was before.
  virtual std::uint64_t add(std::string_view counter, std::uint64_t amount) = 0;

  /// Cancelled when this member has lost its place, and with it what it has locked: with the reason.
  [[nodiscard]] virtual context session() const { return context::background(); }

  /// Until another member has unlocked or created something since the last call, at most so long; or for no reason. Ends
  /// early with the context.
  virtual void wait_for_change(const context& waiting, std::chrono::nanoseconds most) = 0;
};

namespace detail {

/// What joins a run by URLs that begin so. Stands at namespace scope.
class coordinator_scheme {
 public:
  using join_function = std::unique_ptr<coordinator> (*)(const std::string& url, const std::string& run);

  coordinator_scheme(const char* name, join_function join) : name_(name), join_(join), next_(first) { first = this; }
  coordinator_scheme(const coordinator_scheme&) = delete;
  coordinator_scheme& operator=(const coordinator_scheme&) = delete;

  /// Null: none is for that URL.
  static join_function find(std::string_view url) {
    for (const coordinator_scheme* one = first; one != nullptr; one = one->next_) {
      if (url.compare(0, one->name_.size(), one->name_) == 0) return one->join_;
    }
    return nullptr;
  }

 private:
  static inline const coordinator_scheme* first = nullptr;

  const std::string_view name_;
  const join_function join_;
  const coordinator_scheme* const next_;
};

}  // namespace detail

/// Locks by waiting for it. `cancelled_error` where the context ends first.
inline void lock(coordinator& members, std::string_view name, const context& waiting = context::current()) {
  while (!members.try_lock(name)) {
    waiting.throw_if_cancelled();
    members.wait_for_change(waiting, std::chrono::seconds(1));
  }
}
inline void lock_shared(coordinator& members, std::string_view name, const context& waiting = context::current()) {
  while (!members.try_lock_shared(name)) {
    waiting.throw_if_cancelled();
    members.wait_for_change(waiting, std::chrono::seconds(1));
  }
}

APART_END_NAMESPACE
