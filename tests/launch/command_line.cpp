#include <apart/launch/command_line.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"

using apart::launch_options;

namespace {

launch_options parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "program");
  return apart::parse_launch_options(static_cast<int>(arguments.size()), arguments.data());
}

std::string problem_with(const std::vector<const char*>& arguments) {
  return support::error_of([&] { parse(arguments); });
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

TEST_CASE("a value that makes no sense is refused in one line that names it, in either form") {
  struct refused {
    const char* option;
    const char* wanted;
    std::vector<std::string> values;
  };
  const std::vector<refused> all = {
      {"--procs",
       "wants a number from 1 to 1024, or auto",
       {"", "0", "-1", "x", "4x", "1025", "99999999999999999999", " 4", "+4", "0x4"}},
      {"--shard",
       "wants a part and how many there are, such as 1/3",
       {"", "1", "/", "0/3", "4/3", "1/0", "-1/3", "1/-3", "1/3/5", "a/b", "1/ 3", "1/2000000",
        "99999999999999999999/99999999999999999999"}},
      {"--shuffle",
       "wants a number below 4294967296, or random",
       {"", "-1", "x", "4294967296", "99999999999999999999", " 4", "0x4", "1.5"}},
      {"--repeat", "wants a number from 1 to 1000000", {"", "0", "-1", "x", "1000001", "99999999999999999999", "2.5"}},
      {"--timeout", "wants a duration such as 30s, 500ms or 2m", {"", "-1s", "x", "s", "30 s", "30d", "nan"}},
      {"--run-timeout", "wants a duration such as 30s, 500ms or 2m", {"", "-1s", "x", "1e"}},
      {"--slow", "wants a duration such as 30s, 500ms or 2m", {"", "-1s", "x"}},
      {"--junit", "wants a file", {""}},
      {"--timeline", "wants a file", {""}},
  };
  for (const refused& one : all) {
    for (const std::string& value : one.values) {
      const std::string joined = std::string(one.option) + '=' + value;
      const std::string refusal = (value.empty() ? one.option : joined) + ": " + one.wanted;
      CHECK(problem_with({"--procs=2", joined.c_str()}) == refusal);
      if (one.option == std::string("--shuffle")) continue;
      CHECK(problem_with({"--procs=2", one.option, value.c_str()}) == refusal);
    }
    if (one.option == std::string("--shuffle")) continue;
    CHECK(problem_with({"--procs=2", one.option}) == std::string(one.option) + ": " + one.wanted);
  }
}

TEST_CASE("a flag takes no value") {
  for (const std::string flag : {"--verbose=1", "--isolate=", "--fail-fast=no", "--until-it-fails=3"}) {
    CHECK(problem_with({"--procs=2", flag.c_str()}) == flag + ": takes no value");
  }
}

TEST_CASE("what each option asks for") {
  CHECK(parse({"--procs=2"}).max_failures == 0);
  CHECK(parse({"--procs=2", "--fail-fast"}).max_failures == 1);
  CHECK_FALSE(parse({"--procs=2"}).verbose);
  CHECK(parse({"--procs=2", "--verbose"}).verbose);
  CHECK_FALSE(parse({"--procs=2"}).isolate);
  CHECK(parse({"--procs=2", "--isolate"}).isolate);
  CHECK(parse({"--procs=2", "--shard", "3/5"}).shard == 3);
  CHECK(parse({"--procs=2", "--shard", "3/5"}).shards == 5);
  CHECK(parse({"--procs=2", "--timeout=1.5s"}).timeout == std::chrono::milliseconds(1500));
  CHECK_FALSE(parse({"--procs=2"}).timeout);
  CHECK(parse({"--procs=2", "--timeout=0"}).timeout == launch_options::for_ever);
  CHECK(parse({"--procs=2", "--run-timeout", "2m"}).run_timeout == std::chrono::minutes(2));
  CHECK(parse({"--procs=2"}).run_timeout == launch_options::for_ever);
  CHECK(parse({"--procs=2", "--slow=5s"}).slow == std::chrono::seconds(5));
  CHECK(parse({"--procs=2"}).slow == std::chrono::seconds(60));
  CHECK(parse({"--procs=2", "--junit=a b.xml"}).junit == "a b.xml");
  CHECK(parse({"--procs=2", "--timeline", "t.html"}).timeline == "t.html");
}

TEST_CASE("--shuffle may be given a seed, but never takes the next argument for one") {
  CHECK_FALSE(parse({"--procs=2"}).shuffle);
  const launch_options drawn = parse({"--procs=2", "--shuffle", "7"});
  CHECK(drawn.shuffle);
  CHECK_FALSE(drawn.seed);
  CHECK(drawn.framework_arguments == std::vector<std::string>{"program", "7"});
  CHECK(parse({"--procs=2", "--shuffle=0"}).seed == 0U);
  CHECK(parse({"--procs=2", "--shuffle=4294967295"}).seed == 4294967295U);
  CHECK_FALSE(parse({"--procs=2", "--shuffle=random"}).seed);
}

TEST_CASE("--repeat and --until-it-fails ask for several rounds") {
  CHECK(parse({"--procs=2"}).one_round());
  CHECK(parse({"--procs=2", "--repeat=1"}).one_round());
  CHECK_FALSE(parse({"--procs=2", "--repeat=2"}).one_round());
  CHECK_FALSE(parse({"--procs=2", "--until-it-fails"}).one_round());
}

TEST_CASE("an option of the launcher without --procs is refused, not ignored") {
  for (const std::string given : {"--shard=1/2", "--fail-fast", "--verbose", "--junit=x"}) {
    const std::string option = given.substr(0, given.find('='));
    CHECK(problem_with({given.c_str()}) ==
          option + " is the launcher's: give --procs, too (--procs=1 for one process)");
  }
}

TEST_CASE("what the program asks for by itself is of no effect without --procs") {
  const auto with = [](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "program");
    return apart::parse_launch_options(static_cast<int>(arguments.size()), arguments.data(),
                                       {"--junit=x", "--timeout=2s"});
  };
  CHECK(with({}).procs == 0);
  CHECK(with({"a test"}).framework_arguments == std::vector<std::string>{"program", "a test"});
  CHECK(with({"--procs=2"}).junit == "x");
  CHECK(support::error_of([&] { with({"--verbose"}); }) ==
        "--verbose is the launcher's: give --procs, too (--procs=1 for one process)");
}

TEST_CASE("what only begins like an option is the framework's") {
  const launch_options options = parse({"--procs=2", "--sharding", "--shard-count=3", "--procsx"});
  CHECK(options.framework_arguments ==
        std::vector<std::string>{"program", "--sharding", "--shard-count=3", "--procsx"});
}

namespace {

/// Set for a scope.
class set_variable {
 public:
  set_variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~set_variable() { ::unsetenv(name_); }
  set_variable(const set_variable&) = delete;
  set_variable& operator=(const set_variable&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("each option may be a variable; the command line comes first") {
  const set_variable procs("APART_PROCS", "3");
  const set_variable run_timeout("APART_RUN_TIMEOUT", "10m");
  const set_variable verbose("APART_VERBOSE", "1");
  const set_variable isolate("APART_ISOLATE", "0");
  const set_variable repeat("APART_REPEAT", "");
  const launch_options options = parse({"[tag]"});
  CHECK(options.procs == 3);
  CHECK(options.run_timeout == std::chrono::minutes(10));
  CHECK(options.verbose);
  CHECK_FALSE(options.isolate);
  CHECK(options.one_round());
  CHECK(options.framework_arguments == std::vector<std::string>{"program", "[tag]"});
  CHECK(parse({"--procs=5", "--run-timeout=1m"}).procs == 5);
  CHECK(parse({"--procs=5", "--run-timeout=1m"}).run_timeout == std::chrono::minutes(1));
}

TEST_CASE("the variable of an option that may have a value: 1 is on, 0 is off, anything else is the value") {
  const set_variable procs("APART_PROCS", "3");
  const set_variable off("APART_SHUFFLE", "0");
  CHECK_FALSE(parse({}).shuffle);
  const set_variable on("APART_SHUFFLE", "1");
  CHECK(parse({}).shuffle);
  CHECK_FALSE(parse({}).seed);
  const set_variable seed("APART_SHUFFLE", "42");
  CHECK(parse({}).seed == 42U);
}

#if !defined(_WIN32)  // no links
TEST_CASE("directories of one's own are of use without --procs, too; a program's own defaults come first") {
  const launch_options alone = parse({"--own-directory", "--link=data", "--link", "in", "--copy=out"});
  CHECK(alone.procs == 0);
  CHECK(alone.own_directory == "test");
  CHECK(alone.links == std::vector<std::string>{"data", "in"});
  CHECK(alone.copies == std::vector<std::string>{"out"});
  CHECK(parse({"--own-directory=worker"}).own_directory == "worker");
  CHECK(problem_with({"--own-directory=mine"}) == "--own-directory=mine: wants test or worker");
  CHECK(problem_with({"--link=a:b"}) == "--link=a:b: wants a path without a colon");

  const char* const arguments[] = {"program", "--procs=2", "--own-directory=worker", "--", "--link=x"};
  const launch_options options = apart::parse_launch_options(5, arguments, {"--own-directory", "--link=data"});
  CHECK(options.own_directory == "worker");
  CHECK(options.links == std::vector<std::string>{"data"});
  CHECK(options.all_arguments.size() == 5);
  CHECK(options.framework_arguments == std::vector<std::string>{"program", "--", "--link=x"});
}
#endif

TEST_CASE("a variable that makes no sense is refused by its own name, but not where no launcher runs") {
  const set_variable timeout("APART_TIMEOUT", "soon");
  CHECK(parse({}).procs == 0);
  CHECK(problem_with({"--procs=2"}) == "APART_TIMEOUT=soon: wants a duration such as 30s, 500ms or 2m");
  CHECK(parse({"--procs=2", "--timeout=1s"}).timeout == std::chrono::seconds(1));
  const set_variable flag("APART_VERBOSE", "yes");
  CHECK(problem_with({"--procs=2", "--timeout=1s"}) == "APART_VERBOSE=yes: wants 1, or 0");
  const set_variable procs("APART_PROCS", "many");
  CHECK(problem_with({}) == "APART_PROCS=many: wants a number from 1 to 1024, or auto");
}

TEST_CASE("the help names every option") {
  const std::string help = apart::launch_help();
  for (const auto& option : apart::detail::launch_option_table) {
    CHECK(help.find("  " + std::string(option.name)) != std::string::npos);
    CHECK(option.variable().find("APART_") == 0);
  }
  CHECK(help.find("  --shuffle[=SEED]  ") != std::string::npos);
}

TEST_CASE("what stands behind -- belongs to the framework") {
  const launch_options options = parse({"--", "--procs=4"});
  CHECK(options.procs == 0);
  CHECK(options.framework_arguments == std::vector<std::string>{"program", "--", "--procs=4"});
}

TEST_CASE("workers get the command line as it was given") {
  CHECK(parse({"--procs=2", "[tag]"}).all_arguments == std::vector<std::string>{"program", "--procs=2", "[tag]"});
}
