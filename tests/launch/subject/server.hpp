#pragma once

// What the suites of all frameworks have: a set-up, an initializer, and a word for each test that has run.

#include <stdexcept>
#include <string>

#include <apart/process/initializer.hpp>
#include <apart/run/per_run.hpp>
#include <apart/test/this_test.hpp>

#include "launch/subject/journal.hpp"

inline const apart::initializer noted("noted", [] {
  note("initialized");
  if (driver_asks_for("initializer throws")) throw std::runtime_error("the registry is broken");
});

inline apart::per_run server{"server",
                             [] {
                               note("set-up");
                               return std::string("address");
                             },
                             [](const std::string& address) { note("torn down " + address); }};

inline std::string name() { return std::string(apart::this_test::name()); }
inline void note_ran() { note("ran " + name()); }
