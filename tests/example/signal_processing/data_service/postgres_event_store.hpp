#pragma once

#include <memory>
#include <string>

#include "event_store.hpp"

namespace signals {

/// Where the store's two servers are, on 127.0.0.1, and who may use them.
struct servers {
  int postgresql = 0;
  int redis = 0;
  std::string user;
  std::string password;
};

/// Events in PostgreSQL, in a schema for each namespace, those of a namespace that is not open in the schema `public`; and
/// in Redis, under the namespace as a prefix, which of them have been seen.
std::unique_ptr<event_store> open_postgres_event_store(const servers& where);

}  // namespace signals
