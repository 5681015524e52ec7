// data_service PORT DATABASE: keeps audit events for the controllers of a cluster, on 127.0.0.1. DATABASE is a SQLite file, or
// two ports of 127.0.0.1, "postgresql:5432,redis:6379", whose servers know the same user and password.
//
// Reads a user and a password from stdin, a line each, so that no password stands in a command line. Prints the port
// (PORT may be 0: any that is free) on stdout once it can be asked. Ends when told to (POST /shutdown), and when stdin
// ends: whoever started it holds the other end, so it does not outlive a starter that was killed.

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include "sqlite_event_store.hpp"
#ifdef SIGNALS_REAL_SERVICES
#include "postgres_event_store.hpp"
#endif

namespace {

[[noreturn]] void finish(signals::event_store& events) {
  events.finish();
  std::_Exit(EXIT_SUCCESS);
}

std::unique_ptr<signals::event_store> open_events(const std::string& database, [[maybe_unused]] const std::string& user,
                                                  [[maybe_unused]] const std::string& password) {
#ifdef SIGNALS_REAL_SERVICES
  signals::servers where{0, 0, user, password};
  if (std::sscanf(database.c_str(), "postgresql:%d,redis:%d", &where.postgresql, &where.redis) == 2) {
    return signals::open_postgres_event_store(where);
  }
#endif
  return std::make_unique<signals::sqlite_event_store>(database);
}

int serve(int port, const std::string& database) {
  std::string user;
  std::string password;
  if (!std::getline(std::cin, user) || !std::getline(std::cin, password)) {
    fmt::print(stderr, "data_service: no user and password on stdin\n");
    return 2;
  }
  const std::unique_ptr<signals::event_store> opened = open_events(database, user, password);
  signals::event_store& events = *opened;
  httplib::Server server;

  const auto credentials = httplib::make_basic_authentication_header(user, password);
  server.set_pre_routing_handler([&](const httplib::Request& request, httplib::Response& response) {
    if (request.get_header_value(credentials.first) == credentials.second) {
      return httplib::Server::HandlerResponse::Unhandled;
    }
    response.status = 401;
    return httplib::Server::HandlerResponse::Handled;
  });
  server.set_exception_handler([](const auto&, httplib::Response& response, std::exception_ptr thrown) {
    response.status = 500;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& problem) {
      response.set_content(problem.what(), "text/plain");
    }
  });

  server.Get("/login", [](const auto&, auto&) {});
  server.Post("/events", [&](const httplib::Request& request, httplib::Response& response) {
    response.set_content(std::to_string(events.store(signals::decode_all(request.body))), "text/plain");
  });
  server.Get("/events", [&](const httplib::Request& request, httplib::Response& response) {
    const auto found = events.find(request.get_param_value("space"), request.get_param_value("signal"));
    response.set_content(signals::encode_all(found), "text/plain");
  });
  server.Post("/spaces", [&](const httplib::Request& request, httplib::Response&) {
    events.open(request.get_param_value("space"));
  });
  server.Post("/spaces/gone", [&](const httplib::Request& request, httplib::Response&) {
    events.close(request.get_param_value("space"));
  });
  server.Get("/left", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(events.left(), "text/plain");
  });
  server.Post("/shutdown", [](const auto&, auto&) {});
  server.set_logger([&](const httplib::Request& request, const httplib::Response& response) {
    if (request.path == "/shutdown" && response.status == 200) finish(events);  // the answer has been sent
  });

  // A connection stays with its client and keeps one thread, so there are as many as clients may come.
  server.new_task_queue = [] { return new httplib::ThreadPool(128); };
  server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
  server.set_keep_alive_timeout(600);
  server.set_tcp_nodelay(true);
  int listening = -1;
  server.set_socket_options([&](int socket) {
    listening = socket;
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  const int bound = port == 0                                ? server.bind_to_any_port("127.0.0.1")
                    : server.bind_to_port("127.0.0.1", port) ? port
                                                             : -1;
  if (bound < 0) {
    fmt::print(stderr, "data_service: port {} is taken\n", port);
    return 1;
  }
  listen(listening, SOMAXCONN);  // cpp-httplib lets 5 clients wait; the sixth would try again after a second

  std::thread([&] {
    for (std::string line; std::getline(std::cin, line);) {
    }
    finish(events);
  }).detach();
  fmt::print("{}\n", bound);
  std::fflush(stdout);
  server.listen_after_bind();
  return EXIT_FAILURE;  // only a failure ends the loop
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: data_service PORT DATABASE   (user and password on stdin)\n");
    return 2;
  }
  try {
    return serve(std::atoi(argv[1]), argv[2]);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "data_service: {}\n", problem.what());
    return EXIT_FAILURE;
  }
}
