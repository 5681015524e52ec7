#pragma once

#include <string>

#include <apart/detail/process_id.hpp>
#include <apart/process/worker.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// "worker 2 (process 4711)", for people.
inline std::string process_label() {
  const worker& here = this_worker();
  const std::string process = "process " + std::to_string(process_id());
  return here.count > 1 ? "worker " + std::to_string(here.index) + " (" + process + ")" : process;
}

}  // namespace detail
APART_END_NAMESPACE
