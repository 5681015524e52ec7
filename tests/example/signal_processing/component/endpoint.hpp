#pragma once

#include <string>

namespace signals {

/// Where the services are, and who may use them.
struct endpoint {
  std::string store;     ///< address of the object store: the path of a SQLite file, or "etcd:" and a port of 127.0.0.1
  int data_service = 0;  ///< port of the data service on 127.0.0.1
  std::string user;
  std::string password;
};

}  // namespace signals
