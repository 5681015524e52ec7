#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "fields.hpp"

namespace httplib {
class Client;
}

namespace signals {

/// Where the services are, and who may use them.
struct endpoint {
  std::string store;     ///< address of the object store: the path of a SQLite file
  int data_service = 0;  ///< port of the data service on 127.0.0.1
  std::string user;
  std::string password;
};

/// A connection to the data service, which keeps the audit events. Any thread; one request at a time, so who must not
/// wait for others makes a connection of its own.
/// Errors: `login_refused`, `unavailable`.
class data_service {
 public:
  explicit data_service(const endpoint& where);
  ~data_service();

  /// Returns when the service accepts the credentials.
  void log_in();
  /// Returns when the events are on disk. Events that the service has seen before, byte for byte, are left out.
  /// Returns how many it took.
  std::size_t store(const std::vector<fields>& events);
  /// What it knows of a signal, in the order in which it was stored.
  std::vector<fields> events(const std::string& space, const std::string& signal);
  /// Ends the service, once what it was given is on disk.
  void shut_down();

 private:
  std::unique_ptr<httplib::Client> http_;
};

}  // namespace signals
