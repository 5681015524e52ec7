#include "enricher.hpp"

namespace signals {
namespace {

/// `Kind/name`, seen from a namespace.
std::optional<object> find_named(client& objects, const std::string& space, const std::string& reference) {
  const std::size_t slash = reference.find('/');
  const std::string kind = reference.substr(0, slash);
  const std::string name = slash == std::string::npos ? "" : reference.substr(slash + 1);
  return objects.find(kind, scope_of(kind) == scope::in_cluster ? "" : space, name);
}

}  // namespace

surroundings enrich(client& objects, const signal& about) {
  surroundings result;
  result.space_labels = objects.get("Namespace", "", about.space).labels;
  if (about.target.empty()) return result;
  std::optional<object> next = find_named(objects, about.space, about.target);
  result.degraded = !next;
  if (next) result.target_labels = next->labels;
  while (next && !next->owner.empty() && result.owners.size() < most_owners) {
    result.owners.push_back(next->owner);
    next = find_named(objects, about.space, next->owner);
  }
  return result;
}

}  // namespace signals
