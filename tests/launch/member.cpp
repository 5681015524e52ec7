#include <set>
#include <string>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("each worker is told the run, its index and how many there are") {
  const subject suite;
  const auto ended = suite.run({"--procs=3", "[good],[.whoami]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["run is known, worker below 3, from the launcher"] == 1);
}

TEST_CASE("a run id that is given is the run's; a run inside a worker is another run") {
  const subject suite;
  auto environment = suite.environment();
  environment.push_back("APART_RUN_ID=the run of the caller");
  CHECK(run_program(subject::command({"--procs=1", "[.whoami]"}), environment).status == 0);
  CHECK(suite.journal()["run id: the run of the caller"] == 1);
  environment.push_back("APART_WORKER=0");
  environment.push_back("APART_WORKERS=1");
  CHECK(run_program(subject::command({"--procs=1", "[.whoami]"}), environment).status == 0);
  CHECK(suite.journal()["run id: the run of the caller"] == 1);
}

TEST_CASE("workers are told where they meet, which no later change of their TMPDIR moves") {
  const subject suite;
  CHECK(suite.run({"--procs=1", "[.whoami]"}).status == 0);
  CHECK(suite.journal()["meets at: file:" + suite.tmp().string() + "/"] == 1);
}

TEST_CASE("what a worker starts is no worker, and holds none of the launcher's descriptors") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.helper]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
}
