// One part of a program, compiled several times: as C++17 and as C++20, against this version of the library and against
// another, into shared objects with hidden visibility.

#include "scenario/one_counter/part.hpp"

#include <apart/name/detail/counter.hpp>
#include <apart/name/detail/short_counter.hpp>

namespace {

const std::uint64_t drawn_at_load = apart::detail::unique_bits();

}  // namespace

extern "C" __attribute__((visibility("default"))) part_of_program APART_PART() {
  return {&apart::shared::current_name_counter,
          &apart::shared::current_short_counter,
          &apart::shared::process_word,
          drawn_at_load,
          __cplusplus,
          [] { return apart::detail::unique_bits(); },
          [] { return apart::detail::unique_short_position(); }};
}
