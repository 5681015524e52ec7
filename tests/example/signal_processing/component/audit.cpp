#include "audit.hpp"

#include <utility>

namespace signals {

void audit::entered(phase where) { add("phase", {{"phase", name_of(where)}}); }

void audit::decided(const classification& what) {
  add("decision", {{"environment", what.environment},
                   {"priority", what.priority},
                   {"severity", what.severity},
                   {"mode", what.mode},
                   {"policy", what.policy},
                   {"degraded", what.degraded ? "yes" : "no"}});
}

void audit::failed(phase where, const std::string& reason) {
  add("error", {{"phase", name_of(where)}, {"reason", reason}});
}

void audit::send() {
  if (!events_.empty()) records_.store(events_);
  events_.clear();
}

void audit::add(const std::string& type, fields facts) {
  facts.insert({{"space", space_}, {"signal", signal_}, {"type", type}});
  events_.push_back(std::move(facts));
}

}  // namespace signals
