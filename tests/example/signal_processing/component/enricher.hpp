#pragma once

#include <string>
#include <vector>

#include "client.hpp"
#include "signal.hpp"

namespace signals {

/// What stands around a signal.
struct surroundings {
  fields space_labels;
  fields target_labels;
  std::vector<std::string> owners;  ///< of the target, nearest first
  bool degraded = false;            ///< a target is named, but it is not there
};

/// Reads the namespace and the target of a signal, and walks up from the target over its owners.
/// A target that is not there makes the result degraded, which is no failure; a missing namespace is: `not_found`.
surroundings enrich(client& objects, const signal& about);

/// Owners beyond this many levels are left out: a chain of objects is short, a circle is not.
inline constexpr std::size_t most_owners = 5;

}  // namespace signals
