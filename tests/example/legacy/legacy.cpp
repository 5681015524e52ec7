// Suites with the habits of one process, in each framework: two of their tests meet on two processes, and do not with one word
// on the command line.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/own_world.hpp>
#include <apart/file/temp_dir.hpp>

#include "catch.hpp"
#include "support/run_program.hpp"

namespace {

namespace fs = std::filesystem;

/// Started in a directory that it may write to, as well as the one above.
program::result run(const std::string& suite, const std::string& selected, const std::string& options,
                    bool in_company) {
  const apart::temp_dir place;
  for (const char* part : {"above/start", "home", "company", "build"}) fs::create_directories(place.path() / part);
  const std::string at = place.path().string();
  std::vector<std::string> environment{"HOME=" + at + "/home", "LEGACY_BUILD=" + at + "/build", "APART_RUN_ID",
                                       "APART_COORDINATOR"};
  if (in_company) environment.push_back("LEGACY_COMPANY=" + at + "/company");
  return run_program({"/bin/sh", "-c", "cd " + at + "/above/start && exec " + suite + " " + selected + " " + options},
                     environment);
}

struct habit {
  const char* name;
  const char* capitalized;
  const char* option;  ///< what makes it safe
};

bool system_gives(const std::string& option) {
  apart::detail::own_world world;
  world.start = "/";
  world.network = option == "--own-network";
  world.tmp = option == "--own-tmp";
  if (option.find("--own-path") == 0) world.tmp = true;
  if (!world.network && !world.tmp) return true;
  const int code = apart::detail::try_own_world(world);
  if (code != 0) WARN(option << " was not tried: this system refuses, error " << code);
  return code == 0;
}

std::string selection(const std::string& framework, const habit& chosen) {
  if (framework == "catch2") return std::string("[") + chosen.name + "]";
  if (framework == "gtest") return std::string("--gtest_filter=") + chosen.capitalized + ".*";
  if (framework == "doctest") return std::string("--test-suite=") + chosen.name;
  return std::string("--run_test=") + chosen.name;
}

}  // namespace

TEST_CASE("what was written for one process runs on two, unchanged") {
  const auto [framework, suite] = GENERATE(values<std::pair<std::string, std::string>>({LEGACY_SUITES}));
  const auto chosen = GENERATE(values<habit>({{"files", "Files", "--own-directory"},
                                              {"port", "Port", "--own-network"},
                                              {"names", "Names", "--own-tmp"},
                                              {"build", "Build", "--own-path=$LEGACY_BUILD"}}));
  const std::string selected = selection(framework, chosen);
  CAPTURE(framework, chosen.name);
  const auto alone = run(suite, selected, "", false);
  CHECK(alone.status == 0);
  const auto met = run(suite, selected, "--procs=2", true);
  CAPTURE(met.output);
  CHECK(met.status == 1);
  if (!system_gives(chosen.option)) return;
  const auto apart = run(suite, selected, std::string("--procs=2 ") + chosen.option, true);
  CAPTURE(apart.output);
  CHECK(apart.status == 0);
  CHECK(apart.output.find("2 passed, 0 failed") != std::string::npos);
}
