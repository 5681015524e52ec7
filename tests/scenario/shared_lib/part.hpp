#pragma once

#include <string>
#include <vector>

/// What a part of the program tells of itself.
struct part_of_program {
  std::vector<const void*> places;       ///< of what the parts should share
  const int* initialized;                ///< how often its initializer has run
  const std::string& (*object)();        ///< its per_process object
  void (*throw_error)();                 ///< throws apart::error
  void (*call_on_cancel)(bool& called);  ///< registers at the process's context, for good
  std::string (*name)();
};

using describe_part = void (*)(int report_to, part_of_program& told);
#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED void describe_left(int report_to, part_of_program& told);
EXPORTED void describe_right(int report_to, part_of_program& told);

// What is compiled once for all parts, and what makes it one of them: each part has its own.
#define OF_ONE_PART __attribute__((visibility("hidden")))
OF_ONE_PART void describe(int report_to, part_of_program& told);
OF_ONE_PART extern const char* const own_name;
