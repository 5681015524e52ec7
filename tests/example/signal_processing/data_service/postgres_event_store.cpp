#include "postgres_event_store.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>

#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <set>
#include <utility>

#include "component/error.hpp"

namespace signals {
namespace {

/// A session of PostgreSQL. One thread at a time.
class postgres {
 public:
  using rows = std::vector<std::vector<std::string>>;

  explicit postgres(const servers& where) : session_(nullptr, PQfinish) {
    const std::string port = std::to_string(where.postgresql);
    const char* const names[] = {"host", "port", "user", "password", "dbname", nullptr};
    const char* const values[] = {"127.0.0.1", port.c_str(), where.user.c_str(), where.password.c_str(),
                                  "postgres",  nullptr};
    session_.reset(PQconnectdbParams(names, values, 0));
    if (PQstatus(session_.get()) != CONNECTION_OK) throw unavailable(PQerrorMessage(session_.get()));
    run("set client_min_messages = warning");
  }

  rows run(const std::string& sql, std::initializer_list<std::string> values = {}) {
    std::vector<const char*> pointers;
    for (const std::string& value : values) pointers.push_back(value.c_str());
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        PQexecParams(session_.get(), sql.c_str(), static_cast<int>(pointers.size()), nullptr, pointers.data(), nullptr,
                     nullptr, 0),
        PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) throw unavailable(PQerrorMessage(session_.get()));
    rows found;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      auto& columns = found.emplace_back();
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        columns.emplace_back(PQgetvalue(result.get(), row, column));
      }
    }
    return found;
  }

  /// Any bytes as PostgreSQL writes them, and back.
  std::string bytea(const std::string& bytes) {
    std::size_t size = 0;
    const buffer written(
        PQescapeByteaConn(session_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), &size),
        PQfreemem);
    return reinterpret_cast<const char*>(written.get());
  }
  static std::string bytes(const std::string& bytea) {
    std::size_t size = 0;
    const buffer read(PQunescapeBytea(reinterpret_cast<const unsigned char*>(bytea.c_str()), &size), PQfreemem);
    return {reinterpret_cast<const char*>(read.get()), size};
  }

  bool has_schema(const std::string& name) {
    return !run("select 1 from pg_namespace where nspname = $1", {name}).empty();
  }

 private:
  using buffer = std::unique_ptr<unsigned char, void (*)(void*)>;
  std::unique_ptr<PGconn, void (*)(PGconn*)> session_;
};

/// A connection to Redis. One thread at a time.
class redis {
 public:
  explicit redis(const servers& where) : connection_(redisConnect("127.0.0.1", where.redis), redisFree) {
    if (!connection_ || connection_->err != 0) throw unavailable("redis: no connection");
    run({"AUTH", where.password});
  }

  /// False: the namespace had it.
  bool add(const std::string& space, const std::string& text) {
    select_for(space);
    return run({"SET", space + ':' + text, "seen", "NX"})->type == REDIS_REPLY_STATUS;
  }
  void remove(const std::string& space, const std::string& text) {
    select_for(space);
    run({"DEL", space + ':' + text});
  }

  long long count() {
    long long all = 0;
    for (int database = 0; database < databases; ++database) {
      select(database);
      all += run({"DBSIZE"})->integer;
    }
    return all;
  }

 private:
  static constexpr int databases = 16;
  using reply = std::unique_ptr<redisReply, void (*)(void*)>;

  /// Each namespace has its keys in one of the logical databases.
  void select_for(const std::string& space) { select(static_cast<int>(std::hash<std::string>()(space) % databases)); }
  void select(int database) {
    if (std::exchange(database_, database) != database) run({"SELECT", std::to_string(database)});
  }

  reply run(std::initializer_list<std::string> words) {
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      starts.push_back(word.data());
      sizes.push_back(word.size());
    }
    reply answer(static_cast<redisReply*>(
                     redisCommandArgv(connection_.get(), static_cast<int>(starts.size()), starts.data(), sizes.data())),
                 freeReplyObject);
    if (!answer) throw unavailable(fmt::format("redis: {}", connection_->errstr));
    if (answer->type == REDIS_REPLY_ERROR) throw unavailable(fmt::format("redis: {}", answer->str));
    return answer;
  }

  std::unique_ptr<redisContext, void (*)(redisContext*)> connection_;
  int database_ = 0;
};

struct session {
  explicit session(const servers& where) : records(where), seen(where) {}
  postgres records;
  redis seen;
};

class postgres_event_store final : public event_store {
 public:
  explicit postgres_event_store(const servers& where) : where_(where) {
    borrowed first(*this);
    first->records.run(make_table_in("public"));
  }

  std::size_t store(const std::vector<fields>& events) override {
    borrowed mine(*this);
    std::vector<std::pair<std::string, std::string>> added;
    try {
      mine->records.run("begin");
      for (const fields& event : events) {
        const std::string text = encode(event);
        const std::string space = value_of(event, "space");
        if (!mine->seen.add(space, text)) continue;
        added.emplace_back(space, text);
        mine->records.run(
            fmt::format("insert into {} (space, signal, event) values ($1, $2, $3)", table_of(*mine, space)),
            {space, value_of(event, "signal"), mine->records.bytea(text)});
      }
      mine->records.run("commit");
      return added.size();
    } catch (...) {
      for (const auto& [space, text] : added) mine->seen.remove(space, text);
      mine.lose();
      throw;
    }
  }

  std::vector<fields> find(const std::string& space, const std::string& signal) override {
    borrowed mine(*this);
    std::vector<fields> events;
    for (const auto& row :
         mine->records.run(fmt::format("select event from {} where space = $1 and signal = $2 order by number",
                                       table_of(*mine, space)),
                           {space, signal})) {
      events.push_back(decode(postgres::bytes(row.front())));
    }
    return events;
  }

  void open(const std::string& space) override {
    if (space.find('"') != std::string::npos) throw error("no name of a namespace: " + space);
    borrowed mine(*this);
    mine->records.run(fmt::format(R"(create schema "{}")", space));
    mine->records.run(make_table_in(space));
  }

  void close(const std::string& space) override {
    borrowed mine(*this);
    const std::string own = table_of(*mine, space);
    for (const std::string& table : std::set<std::string>{own, common}) {
      for (const auto& row :
           mine->records.run(fmt::format("delete from {} where space = $1 or starts_with(space, $1 || '-') "
                                         "returning space, event",
                                         table),
                             {space})) {
        mine->seen.remove(row[0], postgres::bytes(row[1]));
      }
    }
    if (own != common) mine->records.run(fmt::format(R"(drop schema "{}" cascade)", space));
  }

  std::string left() override {
    borrowed mine(*this);
    const auto schemas = mine->records.run(
        "select count(*) from pg_namespace where nspname <> 'information_schema' and nspname <> 'public' and nspname "
        "!~ '^pg_'");
    const auto events = mine->records.run(fmt::format("select count(*) from {}", common));
    return fmt::format("schemas in PostgreSQL: {}\nevents in the schema public: {}\nkeys in Redis: {}\n", schemas[0][0],
                       events[0][0], mine->seen.count());
  }

  void finish() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return borrowed_ == 0; });
    borrowed_ = most;
  }

 private:
  static constexpr int most = 16;  ///< sessions

  /// Of a session, for as long as a request lasts.
  class borrowed {
   public:
    explicit borrowed(postgres_event_store& store) : store_(store) {
      std::unique_lock lock(store.mutex_);
      store.changed_.wait(lock, [&store] { return store.borrowed_ < most; });
      ++store.borrowed_;
      if (!store.idle_.empty()) {
        session_ = std::move(store.idle_.back());
        store.idle_.pop_back();
        return;
      }
      lock.unlock();
      try {
        session_ = std::make_unique<session>(store.where_);
      } catch (...) {
        give_back();
        throw;
      }
    }
    ~borrowed() { give_back(); }
    borrowed(const borrowed&) = delete;
    borrowed& operator=(const borrowed&) = delete;

    session& operator*() const { return *session_; }
    session* operator->() const { return session_.get(); }
    /// It is in no good state.
    void lose() { session_.reset(); }

   private:
    void give_back() {
      const std::lock_guard lock(store_.mutex_);
      if (session_) store_.idle_.push_back(std::move(session_));
      --store_.borrowed_;
      store_.changed_.notify_all();
    }

    postgres_event_store& store_;
    std::unique_ptr<session> session_;
  };

  static constexpr const char* common = "public.events";

  static std::string make_table_in(const std::string& schema) {
    return fmt::format(
        R"(create table if not exists "{}".events (number bigserial primary key, space text, signal text, event bytea))",
        schema);
  }

  static std::string table_of(session& mine, const std::string& space) {
    return mine.records.has_schema(space) ? fmt::format(R"("{}".events)", space) : common;
  }

  const servers where_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<session>> idle_;
  int borrowed_ = 0;
};

}  // namespace

std::unique_ptr<event_store> open_postgres_event_store(const servers& where) {
  return std::make_unique<postgres_event_store>(where);
}

}  // namespace signals
