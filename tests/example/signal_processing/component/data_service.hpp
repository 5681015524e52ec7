#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "endpoint.hpp"
#include "fields.hpp"

namespace httplib {
class Client;
}

namespace signals {

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
  /// A namespace begins, with a place of its own for its events where the service keeps such; or is forgotten, and what has
  /// names that begin with its own and a dash.
  void open(const std::string& space);
  void close(const std::string& space);
  /// A line for each kind of thing that it keeps for namespaces, and how many of it there are.
  std::string left();
  /// Ends the service, once what it was given is on disk.
  void shut_down();

 private:
  std::unique_ptr<httplib::Client> http_;
};

}  // namespace signals
