#pragma once

// A PostgreSQL of a test's own, on a leased port of 127.0.0.1. Needs POSTGRESQL_BIN, where its programs are.

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <libpq-fe.h>
#include <pwd.h>
#include <unistd.h>

#include <apart/context/poll.hpp>
#include <apart/name/unique_name.hpp>
#include <apart/run/claim.hpp>
#include <apart/run/claimed_process.hpp>
#include <apart/run/port.hpp>

namespace support {

inline const apart::claim_handler removes_directories{"postgresql directory",
                                                      [](std::string_view path) { std::filesystem::remove_all(path); }};

/// It does not run as root: where this process does, it runs as the user `postgres`, in a directory that this user reaches.
class postgresql_server {
 public:
  static constexpr const char* user = "tester";
  static constexpr const char* password = "s3cret-of-the-test";

  /// Listens there; who comes from `network` needs the password, too.
  explicit postgresql_server(const char* addresses = "127.0.0.1", const std::string& network = {})
      : addresses_(addresses) {
    claim_.emplace("postgresql directory", place_.string());
    std::filesystem::create_directory(place_);
    std::filesystem::permissions(place_, std::filesystem::perms::owner_all);
    std::ofstream(place_ / "password") << password << '\n';
    give_to_user(place_);
    give_to_user(place_ / "password");
    apart::claimed_process initdb(command({POSTGRESQL_BIN "/initdb", "--pgdata=" + data(), "--auth=scram-sha-256",
                                           std::string("--username=") + user,
                                           "--pwfile=" + (place_ / "password").string(), "--no-sync", "--locale=C"}));
    wait_until([&] { return !initdb.running(); });
    initdb.stop();
    if (!network.empty()) {
      std::ofstream(data() + "/pg_hba.conf", std::ios::app) << "host all all " << network << " scram-sha-256\n";
    }
    start();
  }
  ~postgresql_server() {
    stop();
    std::filesystem::remove_all(place_);
    claim_->release();
  }
  postgresql_server(const postgresql_server&) = delete;
  postgresql_server& operator=(const postgresql_server&) = delete;

  void start() {
    server_.emplace(command({POSTGRESQL_BIN "/postgres", "-D", data(), "-c", "listen_addresses=" + addresses_, "-c",
                             "port=" + std::to_string(port_), "-c", "unix_socket_directories=", "-c", "fsync=off", "-c",
                             "max_connections=20", "-c", "superuser_reserved_connections=0"}));
    wait_until([&] { return PQping(url().c_str()) == PQPING_OK; });
  }
  /// At once, and all sessions with it.
  void stop() {
    server_->stop(std::chrono::seconds(0));
    server_.reset();
  }

  int port() const { return port_; }
  std::string url(const std::string& address = "127.0.0.1") const { return url_by(port_, password, address); }
  static std::string url_by(int port, const std::string& with_password, const std::string& address = "127.0.0.1") {
    return "postgresql://" + std::string(user) + ':' + with_password + '@' + address + ':' + std::to_string(port) +
           "/postgres";
  }

  /// The first column of what a statement returns, in a session of its own.
  std::vector<std::string> ask(const std::string& sql) const {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> session(PQconnectdb(url().c_str()), PQfinish);
    const std::unique_ptr<PGresult, void (*)(PGresult*)> answer(PQexec(session.get(), sql.c_str()), PQclear);
    std::vector<std::string> found;
    for (int row = 0; row < PQntuples(answer.get()); ++row) found.emplace_back(PQgetvalue(answer.get(), row, 0));
    return found;
  }

  std::string data() const { return (place_ / "data").string(); }

  /// A command as the server's user runs it.
  static std::vector<std::string> command(std::vector<std::string> words) {
    const std::vector<std::string> by{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"};
    if (::geteuid() == 0) words.insert(words.begin(), by.begin(), by.end());
    std::vector<std::string> silent{"sh", "-c", "exec \"$@\" >/dev/null 2>&1", "sh"};
    silent.insert(silent.end(), words.begin(), words.end());
    return silent;
  }
  static void give_to_user(const std::filesystem::path& path) {
    if (::geteuid() != 0) return;
    const passwd* const owner = ::getpwnam("postgres");
    if (owner == nullptr || ::chown(path.c_str(), owner->pw_uid, owner->pw_gid) != 0) {
      throw std::system_error(errno, std::generic_category(), path.string());
    }
  }

 private:
  template <class Condition>
  static void wait_until(Condition condition) {
    const auto limit = apart::with_timeout(apart::context::background(), std::chrono::seconds(60));
    if (!apart::poll_until(limit, std::chrono::milliseconds(2), condition)) throw std::runtime_error("PostgreSQL");
  }

  const std::filesystem::path place_ = std::filesystem::temp_directory_path() / apart::unique_name("postgresql");
  std::optional<apart::claim> claim_;
  const std::string addresses_;
  const int port_ = apart::port().release();
  std::optional<apart::claimed_process> server_;
};

}  // namespace support
