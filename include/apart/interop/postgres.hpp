#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <apart/detail/poll_set.hpp>
#include <apart/detail/signal_mask.hpp>
#include <apart/error.hpp>
#include <apart/interop/detail/postgres_session.hpp>
#include <apart/run/coordinator.hpp>

APART_BEGIN_NAMESPACE

/// The members of a run that reach one PostgreSQL (12 or newer), on however many machines. Needs libpq.
///
///     apart::postgres_coordinator run("postgresql://ci@db.example/ci", run_id);
///     apart::lock(run, "the licence server");
///     work(run.session());   // a context, cancelled when the session is lost
///
/// Included in a program with the launcher, `APART_COORDINATOR=postgresql://...` makes its run one over many machines.
///
/// Each object is a session of its own, and a thread that asks every 3 s whether it is still there. Password and TLS as
/// libpq takes them: in the URL, by PGPASSFILE, PGSSLMODE. In the database: a schema `apart` with one table, made by the
/// first one to come; rows of a run go with its last member, or with the next run that begins when it has none. Locks are
/// advisory ones of two integers, the first 1634755954 ("apar"), so that they do not meet an application's.
///
/// A lost session is a lost lock: the server lets go of all that the member has held. A member that has fallen silent it
/// gives up within 15 s (TCP keepalives). The member itself gives up after 8 s without an answer, so within 11 s, before
/// anybody else has its locks: `session()` is cancelled then, with the reason, and every further call is an error. There
/// is no fencing: what is done with a lock after that is not kept from those who hold it next.
///
/// Threads: any, in turn; callbacks of `session()` must not call the object.
/// Errors: `apart::error` with the server's text, without the password: no connection, wrong password, a server that is
/// full or restarts. A PgBouncer is refused: one that hands out sessions by the transaction, in which no lock holds, cannot
/// be told from another.
class postgres_coordinator final : public coordinator {
 public:
  postgres_coordinator(const std::string& url, std::string run) : server_(url), run_(std::move(run)) {
    if (run_.empty()) detail::raise(error("postgres_coordinator: the run has no id"));
    server_.prepare_schema();
    server_.run("listen apart");
    sweep();
    join();
    const detail::all_signals_blocked inherited_by_the_thread;
    watch_ = std::thread([this] { watch(); });
  }
  /// The last member of a run takes its rows along.
  ~postgres_coordinator() override {
    {
      const std::lock_guard turn(turn_);
      ends_ = true;
    }
    changed_.notify_all();
    watch_.join();
    detail::attempt([this] { leave(); }, [](const char*) {});  // the server lets go of the rest by itself
  }

  [[nodiscard]] context session() const override { return server_.alive(); }

  [[nodiscard]] bool try_lock(std::string_view name) override {
    const std::lock_guard turn(turn_);
    const std::string key = key_of(name);
    if (held_.count(key) > 0 || !server_.try_lock(key, false)) return false;
    held_.emplace(key, 0U);
    return true;
  }
  [[nodiscard]] bool try_lock_shared(std::string_view name) override {
    const std::lock_guard turn(turn_);
    const std::string key = key_of(name);
    const auto known = held_.find(key);
    if (known == held_.end()) {
      if (!server_.try_lock(key, true)) return false;
      held_.emplace(key, 1U);
      return true;
    }
    if (known->second == 0) return false;
    ++known->second;
    return true;
  }
  void unlock(std::string_view name) override {
    const std::lock_guard turn(turn_);
    const auto known = held_.find(key_of(name));
    if (known == held_.end()) return;
    if (known->second > 1) {
      --known->second;
      return;
    }
    const auto [key, shares] = *known;
    held_.erase(known);
    server_.unlock(key, shares == 1);
    tell_others();
  }

  [[nodiscard]] bool create(std::string_view name, std::string_view bytes) override {
    const std::lock_guard turn(turn_);
    const auto created = server_.run(
        "insert into apart.entries (run, name, bytes) values ($1, $2, $3) on conflict do nothing returning 1",
        {run_, named("text ", name), server_.bytea(bytes)});
    if (!created.empty()) tell_others();
    return !created.empty();
  }
  [[nodiscard]] std::optional<std::string> read(std::string_view name) override {
    const std::lock_guard turn(turn_);
    const auto found =
        server_.run("select bytes from apart.entries where run = $1 and name = $2", {run_, named("text ", name)});
    if (found.empty()) return std::nullopt;
    return server_.bytes(found.front());
  }

  std::uint64_t add(std::string_view counter, std::uint64_t amount) override {
    const std::lock_guard turn(turn_);
    const auto found = server_.run(
        "insert into apart.entries (run, name, number) values ($1, $2, $3::bigint) on conflict (run, name) do update "
        "set number = entries.number + $3::bigint returning number - $3::bigint",
        {run_, named("count ", counter), std::to_string(amount)});
    return std::stoull(found.front());
  }

  void wait_for_change(const context& waiting, std::chrono::nanoseconds most) override {
    using namespace std::chrono_literals;
    const auto end = std::chrono::steady_clock::now() + most;
    while (!waiting.cancelled() && std::chrono::steady_clock::now() < end) {
      detail::poll_set one;
      {
        const std::lock_guard turn(turn_);
        if (server_.has_notice(run_)) return;
        one.add(server_.socket(), false);
      }
      one.wait_until(std::min(end, std::chrono::steady_clock::now() + 20ms));
    }
  }

 private:
  static constexpr const char* members = "members";  ///< a lock that all members of a run share

  static std::string named(const char* kind, std::string_view name) {
    if (name.empty()) detail::raise(error("postgres_coordinator: a lock, a text, a counter has to have a name"));
    return std::string(kind).append(name);
  }

  /// The second integer of a lock: a number that no other name has.
  std::string key_of(std::string_view name) {
    const std::string full = named("lock ", name);
    std::string& key = keys_[full];
    if (key.empty()) key = number_of(full);
    return key;
  }
  std::string number_of(const std::string& name) {
    server_.run(
        "insert into apart.entries (run, name, number) values ($1, $2, nextval('apart.keys')) on conflict do nothing",
        {run_, name});
    const auto found = server_.run("select number from apart.entries where run = $1 and name = $2", {run_, name});
    return found.empty() ? "" : found.front();
  }

  void tell_others() { server_.run("select pg_notify('apart', $1)", {run_}); }

  /// Removes the rows of runs that have no member.
  void sweep() {
    for (const std::string& key :
         server_.run("select number from apart.entries where name = $1 and run <> $2", {members, run_})) {
      remove_where_nobody_is(key);
    }
  }
  void remove_where_nobody_is(const std::string& key) {
    if (!server_.try_lock(key, false)) return;
    server_.run(
        "delete from apart.entries where run in (select run from apart.entries where name = $1 and number = "
        "$2::bigint)",
        {members, key});
    server_.unlock(key, false);
  }

  /// A sweeper takes a run that nobody has joined yet for one that nobody is in any more, and its rows go.
  void join() {
    for (;;) {
      const std::string key = number_of(members);
      if (key.empty() || !server_.try_lock(key, true)) continue;
      if (number_of(members) == key) return;
      server_.unlock(key, true);
    }
  }

  /// Unlocks by itself: a server notices the end of a session in its own time.
  void leave() {
    server_.run("select pg_advisory_unlock_all()");
    remove_where_nobody_is(number_of(members));
    tell_others();
  }

  void watch() {
    std::unique_lock turn(turn_);
    while (!changed_.wait_for(turn, std::chrono::seconds(3), [this] { return ends_; }) && !session().cancelled()) {
      detail::attempt([this] { server_.run("select 1"); }, [](const char*) {});
    }
  }

  detail::postgres_session server_;
  const std::string run_;
  std::mutex turn_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::thread watch_;
  std::map<std::string, std::string> keys_;
  std::map<std::string, unsigned> held_;  ///< by their keys: shares; 0: exclusive
};

namespace detail {

inline std::unique_ptr<coordinator> join_on_postgres(const std::string& url, const std::string& run) {
  return std::make_unique<postgres_coordinator>(url, run);
}
inline const coordinator_scheme on_postgresql{"postgresql://", join_on_postgres};
inline const coordinator_scheme on_postgres{"postgres://", join_on_postgres};

}  // namespace detail
APART_END_NAMESPACE
