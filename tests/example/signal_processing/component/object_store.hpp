#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sqlite.hpp"

namespace signals {

/// Texts under (kind, namespace, name), shared by every process that opens the same address. The embedded default: a
/// SQLite file. Any thread.
class object_store {
 public:
  explicit object_store(const std::string& address);

  /// False: the name is taken. Of two who create one name at the same time exactly one succeeds.
  bool create(const std::string& kind, const std::string& space, const std::string& name, std::string_view text);
  /// False: there is nothing under that name.
  bool replace(const std::string& kind, const std::string& space, const std::string& name, std::string_view text);
  bool remove(const std::string& kind, const std::string& space, const std::string& name);
  std::optional<std::string> find(const std::string& kind, const std::string& space, const std::string& name);

 private:
  database database_;
};

}  // namespace signals
