#pragma once

#include <string>
#include <vector>

#include "data_service.hpp"
#include "signal.hpp"

namespace signals {

/// The events of one signal, on their way to the data service: gathered while it is worked on, sent in one request.
/// Every event has the fields `space`, `signal`, `type` and what its type adds.
class audit {
 public:
  audit(data_service& records, const signal& about) : records_(records), space_(about.space), signal_(about.name) {}

  void entered(phase where);
  void decided(const classification& what);
  void failed(phase where, const std::string& reason);

  /// Returns when all events so far are on disk.
  void send();

 private:
  void add(const std::string& type, fields facts);

  data_service& records_;
  std::string space_;
  std::string signal_;
  std::vector<fields> events_;
};

}  // namespace signals
