#include <apart/launch/options.hpp>

#include <string>
#include <vector>

#include "catch.hpp"

using apart::launch_options;

namespace {

launch_options parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "program");
  return apart::parse_launch_options(static_cast<int>(arguments.size()), arguments.data());
}

std::string problem_with(const std::vector<const char*>& arguments) {
  try {
    parse(arguments);
  } catch (const apart::error& refused) {
    return refused.what();
  }
  return {};
}

}  // namespace

TEST_CASE("without --procs the framework gets everything, and no launcher runs") {
  const launch_options options = parse({"a test", "-s"});
  CHECK(options.procs == 0);
  CHECK(options.framework_arguments == std::vector<std::string>{"program", "a test", "-s"});
}

TEST_CASE("--procs takes a number, in both of the usual forms") {
  CHECK(parse({"--procs=4"}).procs == 4);
  CHECK(parse({"--procs", "4"}).procs == 4);
  CHECK(parse({"--procs=1024"}).procs == 1024);
  CHECK(parse({"--procs=auto"}).procs >= 1);
  CHECK(parse({"--procs=4", "x"}).framework_arguments == std::vector<std::string>{"program", "x"});
}

TEST_CASE("a --procs that makes no sense is refused in one line that names it") {
  const std::string value =
      GENERATE("0", "-1", "x", "", "4x", "100000", "99999999999999999999", " 4", "+4", "0x4", "1025");
  const std::string option = "--procs=" + value;
  const std::string problem = problem_with({option.c_str()});
  CHECK(problem == option + ": wants a number from 1 to 1024, or auto");
}

TEST_CASE("--procs without a value is refused") {
  CHECK(problem_with({"--procs"}) == "--procs=: wants a number, or auto");
}

TEST_CASE("--fail-fast stops after one failure, and --verbose shows passed tests too") {
  CHECK(parse({}).max_failures == 0);
  CHECK(parse({"--fail-fast"}).max_failures == 1);
  CHECK_FALSE(parse({}).verbose);
  CHECK(parse({"--verbose"}).verbose);
}

TEST_CASE("what stands behind -- belongs to the framework") {
  const launch_options options = parse({"--", "--procs=4"});
  CHECK(options.procs == 0);
  CHECK(options.framework_arguments == std::vector<std::string>{"program", "--", "--procs=4"});
}

TEST_CASE("workers get the command line as it was given") {
  CHECK(parse({"--procs=2", "[tag]"}).all_arguments == std::vector<std::string>{"program", "--procs=2", "[tag]"});
}

TEST_CASE("--shard takes a part and how many there are") {
  CHECK(parse({"--procs=2"}).shards == 1);
  CHECK(parse({"--procs=2", "--shard=2/3"}).shard == 2);
  CHECK(parse({"--procs=2", "--shard", "3/3", "x"}).shards == 3);
  CHECK(parse({"--procs=2", "--shard", "3/3", "x"}).framework_arguments == std::vector<std::string>{"program", "x"});
  CHECK(parse({"--procs=2", "--sharding"}).framework_arguments == std::vector<std::string>{"program", "--sharding"});
}

TEST_CASE("a --shard that makes no sense is refused in one line that names it") {
  const std::string value = GENERATE("", "1", "/", "0/3", "4/3", "1/0", "-1/3", "1/-3", "1/3/5", "a/b", "1/ 3",
                                     "1/2000000", "99999999999999999999/99999999999999999999");
  const std::string option = "--shard=" + value;
  CHECK(problem_with({"--procs=2", option.c_str()}) == option + ": wants a part and how many there are, such as 1/3");
  CHECK(problem_with({"--procs=2", "--shard"}) == "--shard=: wants a part and how many there are, such as 1/3");
  CHECK(problem_with({"--shard=1/2"}) == "--shard is the launcher's: give --procs, too (--procs=1 for one process)");
}
