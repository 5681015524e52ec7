#pragma once

#include <string>
#include <vector>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What `claimed_process` is made of elsewhere: a child that waits to be let go. Windows has Job objects for what it
/// promises, a tree of processes that ends as a whole; nothing of that is written.
class gated_child {
 public:
  explicit gated_child(const std::vector<std::string>& arguments) {
    raise(error("claimed_process '" + (arguments.empty() ? std::string() : arguments.front()) +
                "': not on Windows; start the program yourself, in a Job object, and claim it by a claim of your own"));
  }

  long id() const noexcept { return 0; }
  fault let_go() const { return {}; }
};

}  // namespace detail
APART_END_NAMESPACE
