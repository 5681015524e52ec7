#include <cstdio>
#include <cstdlib>

#include <apart/process/initializer.hpp>

#include "scenario/static_order/unit.hpp"

bool main_has_run = false;

void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::_Exit(EXIT_FAILURE);
}

int main() {
  apart::initialize_process();
  require(*first_object == "first_object" && *second_object == "second_object", "objects live while main runs");
  main_has_run = true;
}
