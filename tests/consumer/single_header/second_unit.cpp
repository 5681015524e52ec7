#include "second_unit.hpp"

#include <cstdlib>
#include <thread>

namespace second_unit {

std::string name() { return apart::unique_name("order"); }

std::string home() {
  const char* const value = std::getenv("HOME");
  return value == nullptr ? "" : value;
}

/// Asked on a thread of its own, since one that holds a lock may not ask for it again.
bool is_locked(const char* name) {
  bool locked = false;
  std::thread([&] {
    try {
      const apart::run_lock lock(name, apart::with_timeout(apart::context::background(), std::chrono::milliseconds(1)));
    } catch (const apart::cancelled_error&) {
      locked = true;
    }
  }).join();
  return locked;
}

const int* address_of_object() { return &*object; }

}  // namespace second_unit
