#include "apart.hpp"

#include <cstdlib>
#include <iostream>
#include <set>
#include <string>

#include "second_unit.hpp"

/// Each room of the library at work, by the header that is copied, in two translation units.
int main() {
  int failed = 0;
  const auto check = [&failed](bool holds, const char* what) {
    if (holds) return;
    std::cerr << "failed: " << what << '\n';
    ++failed;
  };

  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) {
    names.insert(apart::unique_name("order"));
    names.insert(second_unit::name());
  }
  check(names.size() == 200, "two units share one counter of names");

  std::filesystem::path path;
  {
    const apart::temp_dir directory;
    path = directory.path();
    check(exists(path), "a temporary directory is there");
    const apart::scoped_env home("HOME", path.string());
    check(second_unit::home() == path.string(), "the other unit sees the environment");
  }
  check(!exists(path), "a temporary directory is gone with its owner");
  check(second_unit::home() != path.string(), "the environment is put back");

  {
    const apart::run_lock lock("table");
    check(second_unit::is_locked("table"), "the other unit waits for the lock");
  }
  check(!second_unit::is_locked("table"), "the lock is free again");

  check(&*second_unit::object == second_unit::address_of_object(), "an object is there once in the process");

  apart::scoped_context work = apart::with_cancel();
  const apart::scoped_context part = apart::with_timeout(work, std::chrono::hours(1));
  work.cancel("no longer wanted");
  check(part.cancelled() && part.cause() == "no longer wanted", "a context is cancelled from the outside in");

  return failed;
}
