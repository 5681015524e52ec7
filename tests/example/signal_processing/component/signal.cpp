#include "signal.hpp"

#include <array>
#include <utility>

#include "error.hpp"

namespace signals {
namespace {

constexpr std::array phases{"pending", "enriching", "classifying", "completed", "failed"};

constexpr std::pair<const char*, std::string signal::*> fields_asked[] = {
    {"alert", &signal::alert},
    {"severity", &signal::severity},
    {"target", &signal::target},
    {"cluster", &signal::cluster},
};

constexpr std::pair<const char*, std::string classification::*> fields_found[] = {
    {"status.reason", &classification::reason},
    {"status.environment", &classification::environment},
    {"status.environment_source", &classification::environment_source},
    {"status.business_unit", &classification::business_unit},
    {"status.priority", &classification::priority},
    {"status.severity", &classification::severity},
    {"status.mode", &classification::mode},
    {"status.alert", &classification::alert},
    {"status.cluster", &classification::cluster},
    {"status.policy", &classification::policy},
};

phase phase_named(const std::string& name) {
  for (std::size_t place = 0; place < phases.size(); ++place) {
    if (name == phases[place]) return static_cast<phase>(place);
  }
  throw error("a signal's phase: '" + name + "' is none");
}

}  // namespace

const char* name_of(phase where) { return phases[static_cast<std::size_t>(where)]; }

object to_object(const signal& value) {
  object stored{"Signal", value.space, value.name, value.labels, "", {}};
  for (const auto& [name, member] : fields_asked) stored.data[name] = value.*member;
  for (const auto& [name, member] : fields_found) stored.data[name] = value.status.*member;
  stored.data["not_after"] = std::to_string(value.not_after.time_since_epoch().count());
  stored.data["status.phase"] = name_of(value.status.reached);
  stored.data["status.degraded"] = value.status.degraded ? "yes" : "no";
  stored.data["status.labels"] = encode(value.status.labels);
  fields owners;
  for (const std::string& owner : value.status.owners) owners[std::to_string(owners.size())] = owner;
  stored.data["status.owners"] = encode(owners);
  return stored;
}

signal to_signal(const object& stored) {
  using clock = std::chrono::system_clock;
  signal value;
  value.space = stored.space;
  value.name = stored.name;
  value.labels = stored.labels;
  for (const auto& [name, member] : fields_asked) value.*member = stored.data.at(name);
  for (const auto& [name, member] : fields_found) value.status.*member = stored.data.at(name);
  value.not_after = clock::time_point(clock::duration(std::stoll(stored.data.at("not_after"))));
  value.status.reached = phase_named(stored.data.at("status.phase"));
  value.status.degraded = stored.data.at("status.degraded") == "yes";
  value.status.labels = decode(stored.data.at("status.labels"));
  for (const auto& owner : decode(stored.data.at("status.owners"))) value.status.owners.push_back(owner.second);
  return value;
}

}  // namespace signals
