// Any bytes are a file of timings: what it says of a test is a time below a year, and what was written comes back.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <apart/launch/timings.hpp>

#include "input.hpp"

using apart::detail::parse_timings;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input from(data, size);
  const std::string test = "program\t" + apart::detail::one_line(from.text());
  const std::string garbage(from.rest());
  for (const auto& [name, took] : parse_timings(garbage)) {
    require(took > std::chrono::microseconds(0) && took < std::chrono::hours(24 * 365), "a time that can be");
    require(name.find('\t') != std::string::npos, "a program and a test");
  }
  const auto known = parse_timings(garbage + "\n5001\t" + test + '\n');
  require(known.at(test) == std::chrono::microseconds(5001), "a line is understood behind garbage");
  return 0;
}
