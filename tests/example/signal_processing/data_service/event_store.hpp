#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "component/fields.hpp"

namespace signals {

/// The audit events, durable and in order, and the cache of those that have been seen. Any thread. Errors: `unavailable`,
/// `error`.
class event_store {
 public:
  event_store() = default;
  event_store(const event_store&) = delete;
  event_store& operator=(const event_store&) = delete;
  virtual ~event_store() = default;

  /// Returns when the events are on disk: how many of them were new.
  virtual std::size_t store(const std::vector<fields>& events) = 0;
  virtual std::vector<fields> find(const std::string& space, const std::string& signal) = 0;

  /// A place of its own for the events of a namespace, where the store has such.
  virtual void open(const std::string& space) = 0;
  /// Forgets all events of a namespace, of those whose names begin with its own and a dash, and that they have been seen.
  virtual void close(const std::string& space) = 0;

  /// A line for each kind of thing that it keeps, and how many of it there are.
  virtual std::string left() = 0;

  /// Waits for what is under way. Who stores after that waits for ever.
  virtual void finish() = 0;
};

}  // namespace signals
