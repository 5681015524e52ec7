#include "kinds.hpp"

#include <map>
#include <mutex>

#include "error.hpp"

namespace signals {
namespace {

struct kind_registry {
  std::mutex mutex;
  std::map<std::string, scope> kinds;
};

kind_registry& registered_kinds() {
  static kind_registry kinds;
  return kinds;
}

}  // namespace

void register_kind(const std::string& kind, scope stands) {
  const std::lock_guard lock(registered_kinds().mutex);
  registered_kinds().kinds[kind] = stands;
}

void register_kinds() {
  for (const char* kind : {"Namespace", "Node", "Cluster"}) register_kind(kind, scope::in_cluster);
  for (const char* kind : {"Pod", "ReplicaSet", "Deployment", "StatefulSet", "Service", "Signal"}) {
    register_kind(kind, scope::in_namespace);
  }
}

bool is_registered(const std::string& kind) {
  const std::lock_guard lock(registered_kinds().mutex);
  return registered_kinds().kinds.count(kind) != 0;
}

scope scope_of(const std::string& kind) {
  const std::lock_guard lock(registered_kinds().mutex);
  const auto found = registered_kinds().kinds.find(kind);
  if (found == registered_kinds().kinds.end()) throw unknown_kind("kind " + kind + " is not registered");
  return found->second;
}

std::string encode(const object& value) {
  if ((scope_of(value.kind) == scope::in_cluster) != value.space.empty()) {
    throw error(value.kind + "/" + value.name + " stands " + (value.space.empty() ? "in a namespace" : "in none"));
  }
  return encode(fields{{"labels", encode(value.labels)}, {"owner", value.owner}, {"data", encode(value.data)}});
}

object decode_object(const std::string& kind, const std::string& space, const std::string& name,
                     std::string_view text) {
  scope_of(kind);
  const fields parts = decode(text);
  return {
      kind, space, name, decode(value_of(parts, "labels")), value_of(parts, "owner"), decode(value_of(parts, "data"))};
}

}  // namespace signals
