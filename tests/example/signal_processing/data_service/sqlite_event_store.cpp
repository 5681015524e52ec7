#include "sqlite_event_store.hpp"

#include <utility>

namespace signals {

sqlite_event_store::sqlite_event_store(const std::string& address)
    : database_(address, database::durability::every_statement), reader_(address, database::durability::lazy) {
  database_.run("create table if not exists events (number integer primary key, space text, signal text, event text)");
  database_.run("create index if not exists of_signal on events (space, signal)");
  database_.run("create table if not exists seen (event text primary key) without rowid");
}

std::size_t sqlite_event_store::store(const std::vector<fields>& events) {
  request mine{events, 0, false, nullptr};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&mine);
  changed_.wait(lock, [&] { return mine.done || !committing_; });
  if (!mine.done) {  // the first of those who wait commits for all of them
    committing_ = true;
    const std::vector<request*> batch = std::exchange(waiting_, {});
    lock.unlock();
    commit(batch);
    lock.lock();
    committing_ = false;
    for (request* each : batch) each->done = true;
    changed_.notify_all();
  }
  if (mine.problem) std::rethrow_exception(mine.problem);
  return mine.stored;
}

void sqlite_event_store::commit(const std::vector<request*>& requests) {
  try {
    database_.run("begin immediate");
    for (request* each : requests) {
      for (const fields& event : each->events) each->stored += insert(event) ? 1 : 0;
    }
    database_.run("commit");
  } catch (...) {
    for (request* each : requests) each->problem = std::current_exception();
    try {
      database_.run("rollback");
    } catch (...) {  // nothing was begun
    }
  }
}

bool sqlite_event_store::insert(const fields& event) {
  const std::string text = encode(event);
  if (database_.run("insert or ignore into seen values (?) returning 1", {text}).empty()) return false;
  database_.run("insert into events (space, signal, event) values (?, ?, ?)",
                {value_of(event, "space"), value_of(event, "signal"), text});
  return true;
}

std::vector<fields> sqlite_event_store::find(const std::string& space, const std::string& signal) {
  std::vector<fields> events;
  for (const auto& row :
       reader_.run("select event from events where space = ? and signal = ? order by number", {space, signal})) {
    events.push_back(decode(row.front()));
  }
  return events;
}

void sqlite_event_store::close(const std::string& space) {
  const std::unique_lock lock(mutex_);
  const std::string derived = space + "-*";
  database_.run("delete from seen where event in (select event from events where space = ? or space glob ?)",
                {space, derived});
  database_.run("delete from events where space = ? or space glob ?", {space, derived});
}

std::string sqlite_event_store::left() {
  return "events: " + reader_.run("select count(*) from events").front().front() + '\n';
}

void sqlite_event_store::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !committing_; });
  committing_ = true;
}

}  // namespace signals
