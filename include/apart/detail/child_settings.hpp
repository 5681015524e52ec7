#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <apart/detail/own_world.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What `start_child` starts: this very binary once more.
struct child_settings {
  std::vector<std::string> arguments;    ///< the first names the program
  std::vector<std::string> environment;  ///< "NAME=value", on top of this process's
  std::vector<std::string> removed;      ///< names of variables that it does not inherit
  std::size_t pid_offset = 0;    ///< where in the last of them ten zeros stand, to be replaced by `launched_process_id`
  std::vector<int> descriptors;  ///< stay open in the child, under the same numbers
  int output = -1;               ///< becomes its stdout and stderr; its stdin reads nothing
  bool own_session = false;      ///< it outlives this process; else it ends with the thread that starts it
  own_world world = {};
};

}  // namespace detail
APART_END_NAMESPACE
