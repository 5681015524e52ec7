#pragma once

#include <cstdint>

/// What a part of the program sees and does.
struct part_of_program {
  const void* counter;
  const void* short_counter;
  const void* process_word;
  std::uint64_t drawn_at_load;
  long dialect;
  std::uint64_t (*draw)();
  std::uint64_t (*draw_short)();
};

extern "C" {
part_of_program part_of_cpp17();
part_of_program part_of_cpp20();
part_of_program part_of_another_version();
/// Of the plug-in, which is not linked but opened.
using open_part = part_of_program (*)();
}
