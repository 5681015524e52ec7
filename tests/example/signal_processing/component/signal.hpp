#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "kinds.hpp"

namespace signals {

/// How far a signal has come. The last two are final.
enum class phase { pending, enriching, classifying, completed, failed };

const char* name_of(phase where);

/// What the controller has found out about a signal.
struct classification {
  phase reached = phase::pending;
  std::string reason;              ///< why it failed
  std::string environment;         ///< production, staging, development …, or unknown
  std::string environment_source;  ///< label, rule or default
  std::string business_unit;
  std::string priority;
  std::string severity;             ///< critical, high, medium, low, info or unknown
  std::string mode;                 ///< reactive: it has happened; proactive: it is predicted
  std::string alert;                ///< what it is about, without what only tells the mode
  std::string cluster;              ///< the region of the cluster that it came from, unknown, or empty: not asked for
  std::string policy;               ///< hash of the policy that decided
  bool degraded = false;            ///< the target was not there
  std::vector<std::string> owners;  ///< of the target, nearest first: `Kind/name`
  fields labels;
};

/// An alert, as it came in, and what has become of it.
struct signal {
  std::string space;
  std::string name;
  std::string alert;     ///< what happened, as its source calls it
  std::string severity;  ///< in the words of its source
  std::string target;    ///< `Kind/name`; empty: none
  std::string cluster;   ///< where it came from; empty: here
  fields labels;
  std::chrono::system_clock::time_point not_after = std::chrono::system_clock::time_point::max();
  classification status;

  bool is_final() const { return status.reached == phase::completed || status.reached == phase::failed; }
};

/// A signal as an object of kind Signal, and back.
object to_object(const signal& value);
signal to_signal(const object& stored);

}  // namespace signals
