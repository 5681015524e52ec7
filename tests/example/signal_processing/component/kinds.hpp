#pragma once

#include <string>
#include <string_view>

#include "fields.hpp"

namespace signals {

/// Where an object stands: in a namespace, or in the cluster as a whole.
enum class scope { in_namespace, in_cluster };

struct object {
  std::string kind;
  std::string space;  ///< its namespace; empty for what stands in the cluster
  std::string name;
  fields labels;
  std::string owner;  ///< `Kind/name` in the same namespace; empty: nobody
  fields data;
};

/// The process-wide registry of kinds. Objects of a kind that is not registered in this process can neither be encoded
/// nor decoded: `unknown_kind`. Any thread.
void register_kind(const std::string& kind, scope stands);
/// All kinds that the controller knows. What every program does first; a second time does nothing.
void register_kinds();
bool is_registered(const std::string& kind);
scope scope_of(const std::string& kind);

std::string encode(const object& value);
object decode_object(const std::string& kind, const std::string& space, const std::string& name, std::string_view text);

}  // namespace signals
