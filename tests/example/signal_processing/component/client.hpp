#pragma once

#include <memory>
#include <optional>
#include <string>

#include "data_service.hpp"
#include "kinds.hpp"
#include "object_store.hpp"

namespace signals {

/// What a program holds to work with objects and their records. Any thread.
class client {
 public:
  /// Opens the store and logs in. Throws `login_refused` when the service does not accept the credentials.
  explicit client(const endpoint& where);

  /// Throws `already_exists`. A namespace has a place for records of its own.
  void create(const object& made);
  std::optional<object> find(const std::string& kind, const std::string& space, const std::string& name);
  /// Throws `not_found`, as the others below do.
  object get(const std::string& kind, const std::string& space, const std::string& name);
  void update(const object& changed);
  void remove(const std::string& kind, const std::string& space, const std::string& name);
  /// The namespace with everything in it, records included, and what has names that begin with its own and a dash. One
  /// that is not there, or partly, is no error.
  void remove_namespace(const std::string& space);

  data_service& records() { return records_; }
  const endpoint& address() const { return address_; }

 private:
  endpoint address_;
  std::unique_ptr<object_store> store_;
  data_service records_;
};

}  // namespace signals
