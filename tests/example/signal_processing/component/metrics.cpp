#include "metrics.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace signals::metrics {
namespace {

struct registry {
  std::mutex mutex;
  std::map<std::pair<std::string, fields>, std::uint64_t> counters;
};

registry& the_registry() {
  static registry counters;
  return counters;
}

}  // namespace

void count(const std::string& name, const fields& labels) {
  const std::lock_guard lock(the_registry().mutex);
  ++the_registry().counters[{name, labels}];
}

std::uint64_t value(const std::string& name, const fields& labels) {
  const std::lock_guard lock(the_registry().mutex);
  const auto found = the_registry().counters.find({name, labels});
  return found == the_registry().counters.end() ? 0 : found->second;
}

}  // namespace signals::metrics
