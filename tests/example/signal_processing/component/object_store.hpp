#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "endpoint.hpp"

namespace signals {

/// Texts under (kind, namespace, name), shared by every process that opens the same address. Any thread.
/// Errors: `unavailable`, `login_refused`, `error`.
class object_store {
 public:
  object_store() = default;
  object_store(const object_store&) = delete;
  object_store& operator=(const object_store&) = delete;
  virtual ~object_store() = default;

  /// False: the name is taken. Of two who create one name at the same time exactly one succeeds.
  virtual bool create(const std::string& kind, const std::string& space, const std::string& name,
                      std::string_view text) = 0;
  /// False: there is nothing under that name.
  virtual bool replace(const std::string& kind, const std::string& space, const std::string& name,
                       std::string_view text) = 0;
  virtual bool remove(const std::string& kind, const std::string& space, const std::string& name) = 0;
  virtual std::optional<std::string> find(const std::string& kind, const std::string& space,
                                          const std::string& name) = 0;
  /// Everything that stands in the namespace, and in those, and what else has names, that begin with its own and a dash.
  virtual void remove_all(const std::string& space) = 0;
};

/// The one at `where.store`: a SQLite file, or an etcd.
std::unique_ptr<object_store> open_object_store(const endpoint& where);

}  // namespace signals
