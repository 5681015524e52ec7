// A suite that writes to fixed paths becomes safe to run on many processes by one word on its command line.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/subject.hpp"

namespace {

namespace fs = std::filesystem;

/// The suite, started in a directory of the test's.
program::result run_in(const subject& suite, const fs::path& start, const std::string& arguments,
                       const std::vector<std::string>& variables = {}) {
  auto environment = suite.environment();
  environment.push_back("HOME=" + start.string());
  environment.push_back("TMPDIR=" + start.string());
  environment.insert(environment.end(), variables.begin(), variables.end());
  return run_program(
      {"/bin/sh", "-c", "cd " + start.string() + " && exec " + subject::command({}).front() + " " + arguments},
      environment);
}

/// Where its tests ran.
std::set<std::string> directories(const subject& suite) {
  std::set<std::string> all;
  for (const auto& [what, times] : suite.journal()) {
    if (what.find("wrote in ") == 0) all.insert(what.substr(9));
  }
  return all;
}

/// With a directory above that may be written to as well.
struct start_directory {
  fs::path path;
  explicit start_directory(const subject& suite) : path(suite.tmp().parent_path() / "above/here") {
    fs::create_directories(path / "data");
    support::write_file(path / "data/in", "some words");
    support::write_file(path / "out", "of the project");
  }
};

}  // namespace

TEST_CASE("without it they meet") {
  const subject suite;
  const start_directory start(suite);
  CHECK(run_in(suite, start.path, "--procs=2 '[.legacy]'").status == 1);
}

TEST_CASE("each test has a directory of its own, on however many processes, and nothing is left") {
  const std::string how = GENERATE("--procs=1 --own-directory", "--procs=4 --own-directory", "--own-directory",
                                   "--own-directory=test --procs=2 --isolate");
  const subject suite;
  const start_directory start(suite);
  const auto ended = run_in(suite, start.path, how + " '[.legacy]'");
  CAPTURE(how, ended.output);
  CHECK(ended.status == 0);
  CHECK(directories(suite).size() == 4);
  CHECK_FALSE(fs::exists(start.path / "test.db"));
  CHECK_FALSE(fs::exists(start.path.parent_path() / "settings.ini"));
  CHECK(suite.files_left().empty());
}

TEST_CASE("a variable asks for it, too, for the launcher and under any other runner") {
  const std::string how = GENERATE("", "--procs=2");
  const subject suite;
  const start_directory start(suite);
  const auto ended = run_in(suite, start.path, how + " '[.legacy]'", {"APART_OWN_DIRECTORY=1"});
  CAPTURE(how, ended.output);
  CHECK(ended.status == 0);
  CHECK(directories(suite).size() == 4);
}

TEST_CASE("one for each worker is shared by its tests") {
  const subject suite;
  const start_directory start(suite);
  const auto ended = run_in(suite, start.path, "--procs=1 --own-directory=worker '[.legacy]'");
  CAPTURE(ended.output);
  CHECK(ended.status == 1);  // the second one finds what the first one wrote
  CHECK(directories(suite).size() == 1);
  CHECK_FALSE(fs::exists(start.path / "test.db"));
  CHECK(suite.files_left().empty());
}

TEST_CASE("what tests read comes in by a link, what they write to by a copy") {
  const std::string how = GENERATE("--link=data --copy=out", "--link=. --copy=out", "--link data/in --copy ./out");
  const std::string procs = GENERATE("", "--procs=2 ");
  const subject suite;
  const start_directory start(suite);
  const auto ended = run_in(suite, start.path, procs + "--own-directory " + how + " '[.brought]'");
  CAPTURE(how, ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["read some words"] == 1);
  CHECK(support::text_of(start.path / "out") == "of the project");
}

TEST_CASE("what cannot be brought in is said before the first test") {
  const std::string procs = GENERATE("", "--procs=2 ");
  const subject suite;
  const start_directory start(suite);
  const auto ended = run_in(suite, start.path, procs + "--own-directory --link=dtaa '[.brought]'");
  CHECK(ended.status == 2);
  CHECK(ended.output == "apart: --link=dtaa: '" + (start.path / "dtaa").string() + "' is not there\n");
  const auto senseless = run_in(suite, start.path, procs + "'[.brought]'", {"APART_OWN_DIRECTORY=maybe"});
  CHECK(senseless.status == 2);
  CHECK(senseless.output == "apart: APART_OWN_DIRECTORY=maybe: wants 1 (or test), worker, or 0\n");
  CHECK(suite.journal().empty());
}

TEST_CASE("a worker adds no variable, which a thread of a static initializer could be reading meanwhile") {
  const std::string whose = GENERATE("", "=worker");
  const subject suite;
  const start_directory start(suite);
  const auto ended = run_in(suite, start.path, "--procs=1 --own-directory" + whose + " '[.environment]'",
                            {"TMP", "TEMP", "TEST_TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
}

TEST_CASE("what a test starts is not told to have one more") {
  const subject suite;
  const start_directory start(suite);
  CHECK(run_in(suite, start.path, "--procs=1 --own-directory '[.nested-own]'").status == 0);
  CHECK(suite.journal()["inherits []"] == 1);
}
