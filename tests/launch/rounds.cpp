#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/subject.hpp"

namespace {

/// The seeds that the summaries name, in their order.
std::vector<std::string> seeds_in(const std::string& output) {
  std::vector<std::string> seeds;
  const std::string before = ", seed ";
  for (std::size_t at = output.find(before); at != std::string::npos; at = output.find(before, at + 1)) {
    const std::size_t begin = at + before.size();
    seeds.push_back(output.substr(begin, output.find(')', begin) - begin));
  }
  return seeds;
}

/// The tests in the order in which a single worker ended them.
std::vector<std::string> order_in(const std::string& output) {
  std::vector<std::string> tests;
  const std::string before = "passed: ";
  for (std::size_t at = output.find(before); at != std::string::npos; at = output.find(before, at + 1)) {
    tests.push_back(output.substr(at, output.find(" (worker", at) - at));
  }
  return tests;
}

}  // namespace

TEST_CASE("--repeat runs all of it so often, with its set-ups, and another seed each time") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--repeat=3", "[good],[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "0 of 3 rounds failed\n"));
  auto journal = suite.journal();
  CHECK(journal["ran passing test 1"] == 3);
  CHECK(journal["ran serial test 2"] == 3);
  CHECK(journal["set-up"] == 3);
  CHECK(journal["torn down 22"] == 3);
  const std::vector<std::string> seeds = seeds_in(ended.output);
  CHECK(std::set<std::string>(seeds.begin(), seeds.end()).size() == 3);
  CHECK(suite.files_left().empty());
}

TEST_CASE("--repeat goes on after a round that failed, --until-it-fails does not") {
  const subject repeated;
  const auto all = repeated.run({"--procs=2", "--repeat=5", "[.rounds]"});
  CAPTURE(all.output);
  CHECK(all.status == 1);
  CHECK(contains(all.output, "1 of 5 rounds failed\n"));

  const std::string at_most = GENERATE("", "--repeat=5");
  const subject suite;
  std::vector<std::string> arguments = {"--procs=2", "--until-it-fails", "[.rounds]"};
  if (!at_most.empty()) arguments.push_back(at_most);
  const auto until = suite.run(arguments);
  CAPTURE(until.output);
  CHECK(until.status == 1);
  CHECK(contains(until.output, "1 of 3 rounds failed\n"));
  CHECK(suite.run({"--procs=2", "--until-it-fails", "--repeat=4", "[good]"}).status == 0);
}

TEST_CASE("a seed that is given stays the same in all rounds") {
  const std::string given = GENERATE("--shuffle=7", "--rng-seed=7");
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--repeat=2", given, "[good]"});
  CHECK(seeds_in(ended.output) == std::vector<std::string>{"7", "7"});
}

TEST_CASE("--shuffle: the seed decides the order, and serial tests stay the last") {
  const subject suite;
  const auto order_of = [&](const std::string& option) {
    const auto ended = suite.run({"--procs=1", "--verbose", option, "[good]"});
    CHECK(ended.status == 0);
    std::vector<std::string> order = order_in(ended.output);
    REQUIRE(order.size() == 11);
    CHECK(order[9].find("passed: serial test") == 0);
    CHECK(order[10].find("passed: serial test") == 0);
    return order;
  };
  CHECK(order_of("--shuffle=1") == order_of("--shuffle=1"));
  std::set<std::vector<std::string>> orders;
  for (const char* const option : {"--shuffle=1", "--shuffle=2", "--shuffle=3"}) orders.insert(order_of(option));
  CHECK(orders.size() == 3);
}

TEST_CASE("an interrupt ends the rounds") {
  const subject suite;
  program run(subject::command({"--procs=1", "--repeat=1000000", "[.waits]"}), suite.environment());
  suite.wait_for("waiting");
  run.signal(SIGINT);
  CHECK(contains(run.wait().output, " of 1 rounds failed\n"));
}

TEST_CASE("a report that cannot be written is said before the first test") {
  const std::string option = GENERATE("--junit", "--timeline");
  const subject suite;
  const auto ended = suite.run({"--procs=2", option + "=/no/such/place", "[good]"});
  CHECK(ended.status == 2);
  CHECK(ended.output == "apart: " + option + ": cannot write '/no/such/place': No such file or directory\n");
  CHECK(suite.journal().empty());
}

TEST_CASE("the reports of a run tell what became of its tests and set-ups, and who waited for whom") {
  const subject suite;
  const std::string junit = suite.tmp() / "report.xml";
  const std::string timeline = suite.tmp() / "timeline.html";
  const auto ended = suite.run({"--procs=2", "--junit=" + junit, "--timeline", timeline,
                                "[good],[.server],[.fails],[.locks],[.killed],[.strays]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  for (const std::string& report : {support::text_of(junit), support::text_of(timeline)}) {
    CHECK(contains(report, "passing test 8"));
    CHECK(contains(report, "printed before the failure"));
    CHECK(contains(report, "was killed by SIGKILL in this test"));
    CHECK((contains(report, "run_lock \"contended\"") || contains(report, "run_lock &quot;contended&quot;") ||
           contains(report, "run_lock \\\"contended\\\"")));
    CHECK(contains(report, "(process "));
  }
  CHECK(contains(support::text_of(timeline), "server"));
  CHECK(contains(support::text_of(junit), "tests=\"21\""));
}
