#include "metrics.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace signals::metrics {
namespace {

struct counter_registry {
  std::mutex mutex;
  std::map<std::pair<std::string, fields>, std::uint64_t> counters;
};

counter_registry& registered_counters() {
  static counter_registry counters;
  return counters;
}

}  // namespace

void count(const std::string& name, const fields& labels) {
  const std::lock_guard lock(registered_counters().mutex);
  ++registered_counters().counters[{name, labels}];
}

std::uint64_t value(const std::string& name, const fields& labels) {
  const std::lock_guard lock(registered_counters().mutex);
  const auto found = registered_counters().counters.find({name, labels});
  return found == registered_counters().counters.end() ? 0 : found->second;
}

}  // namespace signals::metrics
