#pragma once

#include "apart.hpp"

namespace second_unit {

inline apart::per_process object{[] { return 1; }};

std::string name();
std::string home();
bool is_locked(const char* name);
const int* address_of_object();

}  // namespace second_unit
