#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/detail/one_line.hpp>
#include <apart/detail/poll_set.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A session with PostgreSQL that ends, for good, when the server falls silent. One thread at a time.
class postgres_session {
 public:
  static constexpr auto longest_silence = std::chrono::seconds(8);

  /// A URL, or whatever else libpq takes for one. Within 10 s.
  explicit postgres_session(const std::string& url) : url_(url), session_(nullptr, PQfinish) {
    // The URL comes last, and may say otherwise. Silence is noticed by the kernel, too (tcp(7)).
    const char* const names[] = {"connect_timeout",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 "application_name",
                                 "dbname",
                                 nullptr};
    const char* const values[] = {"10", "3", "2", "3", "9000", "apart", url.c_str(), nullptr};
    session_.reset(PQconnectdbParams(names, values, 1));
    if (PQstatus(session_.get()) != CONNECTION_OK) fail("no connection");
    where_ = std::string(PQhost(session_.get())) + ':' + PQport(session_.get());
    const std::string there = run("select pg_backend_pid()").front();
    if (there != std::to_string(PQbackendPID(session_.get()))) {
      raise(
          error("PostgreSQL at " + where_ +
                ": a PgBouncer, or another pool, is between, and may hand out sessions by the transaction, in which no "
                "lock holds; connect to the server itself"));
    }
    // The server's own keepalives: 5 s, and three times 3 s.
    run("select set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '3', false), "
        "set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '14000', false), "
        "set_config('client_min_messages', 'warning', false)");
  }

  /// Runs one statement, with `values` for $1 and so on: its rows' first column. An `apart::error` if the server refuses
  /// it, or does not answer.
  std::vector<std::string> run(const char* sql, std::initializer_list<std::string> values = {}) {
    if (!session_) raise(error(lost_));
    std::vector<const char*> pointers;
    for (const std::string& value : values) pointers.push_back(value.c_str());
    const int sent = PQsendQueryParams(session_.get(), sql, static_cast<int>(pointers.size()), nullptr, pointers.data(),
                                       nullptr, nullptr, 0);
    if (sent == 0) fail("the connection is lost");
    wait_for_answer();
    std::vector<std::string> found;
    std::string refused;
    while (const result next{PQgetResult(session_.get()), PQclear}) {
      const ExecStatusType status = PQresultStatus(next.get());
      if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) refused = PQresultErrorMessage(next.get());
      for (int row = 0; row < PQntuples(next.get()); ++row) found.emplace_back(PQgetvalue(next.get(), row, 0));
    }
    if (PQstatus(session_.get()) != CONNECTION_OK) fail("the connection is lost, and with it all locks");
    if (!refused.empty()) raise(error("PostgreSQL at " + where_ + ": " + told(refused)));
    return found;
  }

  /// Any bytes as PostgreSQL writes them, and back.
  std::string bytea(std::string_view bytes) {
    if (!session_) raise(error(lost_));
    std::size_t size = 0;
    const buffer written(
        PQescapeByteaConn(session_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), &size),
        PQfreemem);
    if (!written) raise(error("PostgreSQL at " + where_ + ": " + told(PQerrorMessage(session_.get()))));
    return reinterpret_cast<const char*>(written.get());
  }
  static std::string bytes(const std::string& bytea) {
    std::size_t size = 0;
    const buffer read(PQunescapeBytea(reinterpret_cast<const unsigned char*>(bytea.c_str()), &size), PQfreemem);
    return {reinterpret_cast<const char*>(read.get()), size};
  }

  bool try_lock(const std::string& key, bool shared) {
    return run(shared ? "select pg_try_advisory_lock_shared(1634755954, $1::int)"
                      : "select pg_try_advisory_lock(1634755954, $1::int)",
               {key})
               .front() == "t";
  }
  void unlock(const std::string& key, bool shared) {
    run(shared ? "select pg_advisory_unlock_shared(1634755954, $1::int)"
               : "select pg_advisory_unlock(1634755954, $1::int)",
        {key});
  }

  /// Cancelled when the session ends, with the reason.
  context alive() const { return alive_; }

  /// "if not exists" alone lets two who come at once collide.
  void prepare_schema() {
    if (!run("select 1 from pg_class where oid = to_regclass('apart.keys')").empty()) return;
    run("select pg_advisory_lock(1634755954, 0)");
    run("create schema if not exists apart");
    run("create table if not exists apart.entries (run text, name text, bytes bytea, number bigint, "
        "primary key (run, name))");
    run("create sequence if not exists apart.keys as integer cycle");
    unlock("0", false);
  }

  /// Whether a notice has come whose text is that, since the last call.
  bool has_notice(const std::string& text) {
    if (!session_) raise(error(lost_));
    if (PQconsumeInput(session_.get()) == 0) fail("the connection is lost, and with it all locks");
    bool found = false;
    while (const notice next{PQnotifies(session_.get()), PQfreemem}) found = found || text == next->extra;
    return found;
  }
  /// To wait for one with poll(2).
  int socket() const noexcept { return PQsocket(session_.get()); }

 private:
  using result = std::unique_ptr<PGresult, void (*)(PGresult*)>;
  using notice = std::unique_ptr<PGnotify, void (*)(void*)>;
  using buffer = std::unique_ptr<unsigned char, void (*)(void*)>;

  void wait_for_answer() {
    const auto end = std::chrono::steady_clock::now() + longest_silence;
    for (;;) {
      const int unsent = PQflush(session_.get());
      if (PQconsumeInput(session_.get()) == 0) return;  // the result says why
      if (PQisBusy(session_.get()) == 0) return;
      if (std::chrono::steady_clock::now() >= end)
        fail("no answer for 8 s; the connection is given up, and with it all locks");
      poll_set one;
      one.add(PQsocket(session_.get()), unsent != 0);
      one.wait_until(end);
    }
  }

  /// What libpq, or the server, said: on one line, and without the URL, which may hold a password.
  std::string told(std::string text) const {
    for (std::size_t at = text.find(url_); at != std::string::npos; at = text.find(url_)) {
      text.replace(at, url_.size(), "the URL");
    }
    text.erase(text.find_last_not_of('\n') + 1);
    return one_line(text);
  }

  /// For good: the server, too, lets go.
  [[noreturn]] void fail(const char* what) {
    const std::string said = told(PQerrorMessage(session_.get()));
    session_.reset();
    lost_ = "PostgreSQL" + (where_.empty() ? "" : " at " + where_) + ": " + what + (said.empty() ? "" : ": " + said);
    alive_.cancel(lost_);
    raise(error(lost_));
  }

  const std::string url_;
  std::unique_ptr<PGconn, void (*)(PGconn*)> session_;
  std::string where_;
  std::string lost_;  ///< why there is no session any more
  scoped_context alive_ = with_cancel(context::background());
};

}  // namespace detail
APART_END_NAMESPACE
