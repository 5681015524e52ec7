#pragma once

// The coordinators that there are, as a parameter of tests.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <apart/file/temp_dir.hpp>
#include <apart/name/unique_name.hpp>
#include <apart/run/file_coordinator.hpp>

#ifdef POSTGRESQL_BIN
#include <apart/interop/postgres.hpp>

#include "support/postgresql_server.hpp"
#endif

namespace support {

/// A run that members can join, by one kind of coordinator.
struct joinable_run {
  std::string kind;
  std::function<std::unique_ptr<apart::coordinator>()> join;
  std::function<joinable_run()> another;  ///< a run beside it
};

inline joinable_run run_on_files() {
  const auto directory = std::make_shared<apart::temp_dir>("members");
  return {"files", [directory] { return std::make_unique<apart::file_coordinator>(directory->path().string()); },
          run_on_files};
}

#ifdef POSTGRESQL_BIN
/// One for all tests of a program.
inline postgresql_server& the_postgresql() {
  static postgresql_server server;
  return server;
}

inline joinable_run run_on_postgresql() {
  const std::string run = apart::unique_name("run");
  return {"PostgreSQL", [run] { return std::make_unique<apart::postgres_coordinator>(the_postgresql().url(), run); },
          run_on_postgresql};
}
#endif

inline std::vector<joinable_run (*)()> kinds_of_coordinators() {
  return {
      run_on_files,
#ifdef POSTGRESQL_BIN
      run_on_postgresql,
#endif
  };
}

}  // namespace support
