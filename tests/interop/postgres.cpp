#include <apart/interop/postgres.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <apart/run/claimed_process.hpp>
#include <apart/run/port.hpp>

#include "catch.hpp"
#include "support/coordinators.hpp"
#include "support/error_of.hpp"

// What all coordinators do is tested in room_run/coordinator.cpp.

using namespace std::chrono_literals;
using apart::postgres_coordinator;
using support::contains;
using support::error_of;
using support::postgresql_server;
using support::the_postgresql;

namespace {

std::string problem_of(const std::string& url) {
  const std::string problem = error_of([&] { const postgres_coordinator refused(url, "run"); });
  CHECK(problem.find('\n') == std::string::npos);
  CHECK(problem.find(postgresql_server::password) == std::string::npos);
  return problem;
}

std::string rows_of(const std::string& run) {
  return the_postgresql().ask("select count(*) from apart.entries where run = '" + run + "'").front();
}

}  // namespace

TEST_CASE("what hinders a connection is said, without the password") {
  const int port = the_postgresql().port();
  CHECK(contains(problem_of(postgresql_server::url_by(port, "wrong-one")), "password authentication failed"));
  const int nobody_listens = apart::port().release();
  CHECK(contains(problem_of(postgresql_server::url_by(nobody_listens, "x")), "Connection refused"));
  CHECK(contains(problem_of("postgresql://127.0.0.1:" + std::to_string(port) + "/nowhere?user=tester&password=x"),
                 "PostgreSQL: no connection: "));
  CHECK(contains(problem_of("postgresql://tester:" + std::string(postgresql_server::password) + "@[::1"), "the URL"));
  CHECK(error_of([&] { const postgres_coordinator nameless(the_postgresql().url(), ""); }) ==
        "postgres_coordinator: the run has no id");
}

TEST_CASE("a server that is full says so, and loses nobody") {
  std::vector<std::unique_ptr<postgres_coordinator>> members;
  std::string problem;
  while (problem.empty() && members.size() < 30) {
    problem =
        error_of([&] { members.push_back(std::make_unique<postgres_coordinator>(the_postgresql().url(), "full")); });
  }
  CHECK(contains(problem, "too many clients already"));
  CHECK(members.size() >= 15);
  CHECK(members.front()->add("still works", 1) == 0);
  CHECK(members.back()->add("still works", 1) == 1);
}

TEST_CASE("the rows of a run go with its last member") {
  {
    postgres_coordinator one(the_postgresql().url(), "a run that ends");
    {
      postgres_coordinator other(the_postgresql().url(), "a run that ends");
      CHECK(other.create("text", "x"));
    }
    CHECK(one.read("text") == "x");
    CHECK(rows_of("a run that ends") != "0");
  }
  CHECK(rows_of("a run that ends") == "0");
}

TEST_CASE("the rows of a run whose members were killed go with the next run, those of one that goes on stay") {
  const auto lives = std::make_unique<postgres_coordinator>(the_postgresql().url(), "goes on");
  CHECK(lives->create("text", "x"));
  the_postgresql().ask(
      "insert into apart.entries (run, name, number) values ('killed', 'members', nextval('apart.keys'))");
  the_postgresql().ask("insert into apart.entries (run, name, bytes) values ('killed', 'text plan', 'x')");
  const postgres_coordinator next(the_postgresql().url(), "the next one");
  CHECK(rows_of("killed") == "0");
  CHECK(lives->read("text") == "x");
}

TEST_CASE("an application's advisory locks are not in the way") {
  postgres_coordinator member(the_postgresql().url(), "beside an application");
  CHECK(member.try_lock("x"));
  CHECK(the_postgresql()
            .ask("select pg_try_advisory_lock(g) from generate_series(0, 100) g where not "
                 "pg_try_advisory_lock(g)")
            .empty());
  CHECK(the_postgresql().ask("select 1 from generate_series(0, 100) g where not pg_try_advisory_lock(0, g)").empty());
}

TEST_CASE("a session that the server ends is cancelled with the reason, and every further call is an error") {
  postgres_coordinator member(the_postgresql().url(), "ended");
  postgres_coordinator other(the_postgresql().url(), "ended");
  REQUIRE(member.try_lock("x"));
  the_postgresql().ask(
      "select pg_terminate_backend(l.pid) from pg_locks l where l.locktype = 'advisory' and l.mode = 'ExclusiveLock'");
  const auto limit = apart::with_timeout(apart::context::background(), 30s);
  apart::lock(other, "x", limit);
  CHECK(apart::poll_until(limit, 5ms, [&] { return member.session().cancelled(); }));  // within 3 s, by its watch
  CHECK(contains(member.session().cause(), "the connection is lost, and with it all locks"));
  CHECK(contains(error_of([&] { static_cast<void>(member.read("text")); }), "the connection is lost"));
  CHECK_FALSE(other.session().cancelled());
}

TEST_CASE("a server that restarts is a lost session, and takes the next one") {
  postgres_coordinator member(the_postgresql().url(), "restart");
  REQUIRE(member.create("text", "x"));
  the_postgresql().stop();
  const auto limit = apart::with_timeout(apart::context::background(), 30s);
  CHECK(apart::poll_until(limit, 5ms, [&] { return member.session().cancelled(); }));
  the_postgresql().start();
  CHECK_THROWS_AS(member.read("text"), apart::error);
  CHECK_THROWS_AS(member.create("another text", "y"), apart::error);
  postgres_coordinator next(the_postgresql().url(), "restart");
  CHECK_FALSE(next.session().cancelled());
}

TEST_CASE("a server that falls silent is a lost session before the server lets go") {
  postgres_coordinator member(the_postgresql().url(), "silence");
  REQUIRE(member.try_lock("x"));
  const auto pid =
      the_postgresql().ask("select l.pid from pg_locks l where l.locktype = 'advisory' and l.mode = 'ExclusiveLock'");
  REQUIRE(pid.size() == 1);
  const auto began = std::chrono::steady_clock::now();
  ::kill(std::stoi(pid.front()), SIGSTOP);
  const auto limit = apart::with_timeout(apart::context::background(), 30s);
  CHECK(apart::poll_until(limit, 5ms, [&] { return member.session().cancelled(); }));
  CHECK(std::chrono::steady_clock::now() - began < 14s);
  CHECK(contains(member.session().cause(), "no answer for 8 s"));
  ::kill(std::stoi(pid.front()), SIGCONT);
}

namespace {

template <class Action>
void measure(const char* what, Action action) {
  constexpr int times = 2'000;
  const auto began = std::chrono::steady_clock::now();
  for (int time = 0; time < times; ++time) action(time);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  std::printf("%-20s %.2f ms\n", what, took.count() / times);
}

}  // namespace

// Prints it: postgres "[.measure]".
TEST_CASE("what each primitive costs on this machine", "[.measure]") {
  postgres_coordinator member(the_postgresql().url(), "measured");
  measure("lock and unlock", [&](int) {
    if (member.try_lock("x")) member.unlock("x");
  });
  measure("create", [&](int time) { static_cast<void>(member.create(std::to_string(time), "0 1")); });
  measure("read", [&](int time) { static_cast<void>(member.read(std::to_string(time))); });
  measure("add", [&](int) { member.add("x", 1); });
}

#ifdef PGBOUNCER
TEST_CASE("a PgBouncer, which may hand out sessions by the transaction, is refused by name") {
  const std::filesystem::path place =
      std::filesystem::temp_directory_path() / apart::unique_name("pgbouncer");  // which its user can reach
  std::filesystem::create_directory(place);
  postgresql_server::give_to_user(place);
  const int port = apart::port().release();
  std::ofstream(place / "users") << '"' << postgresql_server::user << "\" \"" << postgresql_server::password << "\"\n";
  std::ofstream(place / "ini") << "[databases]\npostgres = host=127.0.0.1 port=" << the_postgresql().port()
                               << "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " << port
                               << "\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = "
                               << (place / "users").string() << "\npool_mode = transaction\n";
  apart::claimed_process bouncer(postgresql_server::command({PGBOUNCER, (place / "ini").string()}));
  const std::string url = postgresql_server::url_by(port, postgresql_server::password);
  REQUIRE(apart::poll_until(apart::with_timeout(apart::context::background(), 30s), 5ms,
                            [&] { return PQping(url.c_str()) == PQPING_OK; }));
  const std::string problem = error_of([&] { const postgres_coordinator member(url, "bounced"); });
  CAPTURE(problem);
  CHECK(contains(problem, "a PgBouncer, or another pool, is between"));
  bouncer.stop();
  std::filesystem::remove_all(place);
}
#endif
