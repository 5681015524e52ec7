#pragma once

#include <vector>

#include <apart/apart.hpp>

/// The objects that a program should have once, as the part that includes this sees them.
inline std::vector<const void*> places_seen_here() {
  namespace detail = apart::detail;
  return {&detail::process_objects::instance(),
          &detail::initializer_registry::instance(),
          &detail::process_initialization,
          &detail::process_contexts::instance(),
          &detail::program_mutex(),
          &detail::program_mutex(),
          &detail::environment_layers::of_this_process(),
          &detail::known_place,
          &detail::known_report_handler,
          &detail::current_phase,
          &detail::running_test::of_this_process(),
          &apart::this_worker(),
          &apart::shared::current_name_counter};
}
