#pragma once

#include <string>

#include <apart/process/per_process.hpp>

extern apart::per_process<std::string> first_object;
extern apart::per_process<std::string> second_object;

/// Ends the program at once where a promise is broken: after main there is nobody to report to.
void require(bool holds, const char* promise);

/// Set when the program has built what its static destructors will ask for.
extern bool main_has_run;
