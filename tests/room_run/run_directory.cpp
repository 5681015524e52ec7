#include <apart/run/run_directory.hpp>

#include <csignal>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using apart::detail::coordination_directory;
using apart::detail::coordinator_for_members;
using apart::detail::keep_in_run_directory;
using apart::detail::remove_run_directory;
using apart::detail::run_directory;
using apart::detail::run_directory_name;
using support::channel;
using support::contains;
using support::fresh_child;
using support::gate;
using support::names_in;
using support::place;
using support::write_all;
namespace fs = std::filesystem;

namespace {

/// A process of the run `run_id`, whose files stand in `here`.
template <class Body>
[[nodiscard]] support::child member_with_files_in(const char* run_id, const place& here, Body body) {
  return fresh_child({{"TMPDIR", here.path().string()}, {"APART_RUN_ID", run_id}}, body);
}

/// A run of which every process was killed: what it leaves.
fs::path killed_run(const char* run_id, const place& here) {
  support::child victim = member_with_files_in(run_id, here, [](int output) {
    support::write_file(fs::path(run_directory()) / "left", "x");
    write_all(output, run_directory());
    ::raise(SIGKILL);
  });
  const support::ended ended = victim.wait();
  REQUIRE(WIFSIGNALED(ended.status));
  REQUIRE(fs::exists(fs::path(ended.output) / "left"));
  return ended.output;
}

/// A run that makes its directory, and so sweeps its siblings, and ends.
void pass_by(const place& here) {
  REQUIRE(member_with_files_in("who passes by", here, [](int) { static_cast<void>(run_directory()); }).wait().well());
}

/// A run that keeps a file and ends. Its directory.
std::string keeping_run(const char* run_id, const place& here) {
  return member_with_files_in(run_id, here,
                              [](int output) {
                                ::close(2);  // "kept …" is said by the file's owner in tests of files
                                const std::string kept = run_directory() + "/file";
                                support::write_file(kept, "x");
                                apart::detail::raise_if(keep_in_run_directory(kept));
                                write_all(output, run_directory());
                              })
      .wait()
      .output;
}

}  // namespace

TEST_CASE("a process that asks for no directory has none") {
  const place here;
  CHECK(member_with_files_in("r", here, [](int) {}).wait().well());
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("the directory is private, canonical, and named by a hash of the run's id alone") {
  const place here;
  fs::create_directory_symlink(here.path(), here.path() / "link");
  const std::string id = "../a run/of nobody's: " + std::string(300, 'x');
  const auto ended = fresh_child({{"TMPDIR", (here.path() / "link").string()}, {"APART_RUN_ID", id}}, [](int output) {
                       ::umask(0777);
                       const std::string& directory = run_directory();
                       write_all(output, directory + " " + std::to_string(support::mode_of(directory)) + " " +
                                             std::to_string(support::mode_of(fs::path(directory).parent_path())));
                     }).wait();
  CHECK(ended.output == (here.root() / run_directory_name(id)).string() + " 448 448");
  CHECK(run_directory_name(id).size() == 14);
}

TEST_CASE("the name of a run's directory does not change with the build") {
  CHECK(run_directory_name("") == "r-v4tbvm6xngaa");
  CHECK(run_directory_name("run 1") != run_directory_name("run 2"));
}

TEST_CASE("processes of one run share a directory, which goes with the last of them") {
  const place here;
  gate first_may_go;
  channel first_is_in;
  support::child first = member_with_files_in("r", here, [&](int output) {
    write_all(output, run_directory());
    first_is_in.say("in");
    first_may_go.wait();
  });
  first_is_in.hear();
  const auto second = member_with_files_in("r", here, [](int output) { write_all(output, run_directory()); }).wait();
  CHECK(fs::exists(second.output));
  first_may_go.open();
  CHECK(first.wait().output == second.output);
  CHECK(here.runs().empty());
}

TEST_CASE("different runs have different directories, also those that nobody named") {
  const place here;
  const auto directory_of = [&](support::environment variables) {
    return fresh_child(variables, [](int output) { write_all(output, run_directory()); }).wait().output;
  };
  const std::string one = directory_of({{"TMPDIR", here.path().string()}});
  const std::string other = directory_of({{"TMPDIR", here.path().string()}});
  CHECK(one.rfind((here.root() / "r-").string(), 0) == 0);
  CHECK(one != other);
}

TEST_CASE("what a killed run leaves, the next one removes, and what it holds stays") {
  const place here;
  const fs::path left = killed_run("killed", here);
  CHECK(fs::exists(left / "left"));
  pass_by(here);
  CHECK(here.runs().empty());
}

TEST_CASE("a run that is named like a killed one goes on in its directory") {
  const place here;
  const fs::path left = killed_run("again", here);
  const auto again = member_with_files_in("again", here, [](int output) {
                       write_all(output, fs::exists(fs::path(run_directory()) / "left") ? run_directory() : "fresh");
                     }).wait();
  CHECK(again.output == left.string());
  CHECK(here.runs().empty());
}

TEST_CASE("a run that lives is swept by nobody, however many pass by") {
  const place here;
  gate may_go;
  channel is_in;
  support::child live = member_with_files_in("live", here, [&](int) {
    is_in.say(run_directory());
    may_go.wait();
  });
  const fs::path directory = is_in.hear();
  for (int i = 0; i < 5; ++i) pass_by(here);
  CHECK(here.runs() == std::vector<std::string>{directory.filename()});
  may_go.open();
  CHECK(live.wait().well());
  CHECK(here.runs().empty());
}

TEST_CASE("what a process leaves that was killed while it made or removed a directory is swept") {
  const place here;
  pass_by(here);
  for (const char* const name : {"p-half", "g-half", "g-more/deep"}) fs::create_directories(here.root() / name);
  support::write_file(here.root() / "g-more" / "file", "x");
  support::write_file(here.root() / "somebody's", "x");
  pass_by(here);
  CHECK(here.runs() == std::vector<std::string>{"somebody's"});
}

TEST_CASE("a forked child takes nothing away from its parent, and joins anew when it asks") {
  const place here;
  const auto ended = member_with_files_in("r", here, [](int output) {
                       const std::string& directory = run_directory();
                       static_cast<void>(support::in_child([](int) {}));  // exits, and with it what is static
                       static_cast<void>(support::in_child([&](int) {
                         if (run_directory() != directory) std::_Exit(1);
                       }));
                       write_all(output, fs::exists(directory) ? "there" : "gone");
                     }).wait();
  CHECK(ended.output == "there");
  CHECK(here.runs().empty());
}

TEST_CASE("a child that outlives its parent keeps the directory until it goes") {
  const place here;
  gate may_go;
  channel ready;
  channel said;
  const auto parent = member_with_files_in("r", here, [&](int output) {
                        write_all(output, run_directory());
                        if (::fork() == 0) {
                          ::close(output);
                          ready.say(run_directory());
                          may_go.wait();
                          said.say(fs::exists(run_directory()) ? "there" : "gone");
                          std::exit(0);
                        }
                        ready.hear();
                      }).wait();
  CHECK(fs::exists(parent.output));
  may_go.open();
  CHECK(said.hear() == "there");
}

TEST_CASE("the three runs that kept something last stay") {
  const place here;
  std::vector<std::string> directories;
  for (const char* const run : {"a", "b", "c", "d", "e"}) directories.push_back(keeping_run(run, here));
  CHECK(here.runs().size() == 3);
  for (std::size_t i = 2; i < 5; ++i) CHECK(fs::exists(directories[i] + "/file"));
  pass_by(here);
  CHECK(here.runs().size() == 3);
}

TEST_CASE("who ends a run removes its directory, unless a process holds it") {
  const place here;
  const fs::path left = killed_run("killed", here);
  gate may_go;
  channel is_in;
  support::child live = member_with_files_in("live", here, [&](int) {
    is_in.say(run_directory());
    may_go.wait();
  });
  const fs::path held = is_in.hear();
  CHECK(member_with_files_in("ends it", here,
                             [](int) {
                               for (const char* const run : {"killed", "live", "never was"}) remove_run_directory(run);
                             })
            .wait()
            .well());
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(held));
  may_go.open();
  CHECK(live.wait().well());
}

TEST_CASE("who ends a run makes nothing, and does not mind an unusable place") {
  const place here;
  CHECK(member_with_files_in("r", here, [](int) { remove_run_directory("r"); }).wait().well());
  CHECK(names_in(here.path()).empty());
  CHECK(fresh_child({{"TMPDIR", "/not/there"}}, [](int) { remove_run_directory("r"); }).wait().well());
}

TEST_CASE("a place that cannot be used is an error that names its variable") {
  const place here;
  const auto refusal = [&](const std::string& place_of_files) {
    return fresh_child({{"TMPDIR", place_of_files}},
                       [](int output) {
                         support::become_nobody();
                         write_all(output, support::error_of([] { static_cast<void>(run_directory()); }));
                       })
        .wait()
        .output;
  };
  CHECK(contains(refusal("/not/there"), "TMPDIR='/not/there'"));
  fs::create_directory(here.path() / "read-only");
  fs::permissions(here.path() / "read-only", fs::perms(0555));
  CHECK(contains(refusal(here.path() / "read-only"), "TMPDIR='" + (here.path() / "read-only").string() + "'"));
  support::write_file(here.path() / "file", "x");
  CHECK(contains(refusal(here.path() / "file"), "Not a directory"));
}

TEST_CASE("any number of processes that come and go at once always have a directory") {
  const place here;
  for (int round = 0; round < 10; ++round) {
    std::vector<support::child> members;
    gate start;
    for (int i = 0; i < 6; ++i) {
      members.push_back(member_with_files_in("r", here, [&](int output) {
        start.wait();
        const std::string mine = run_directory() + "/" + std::to_string(::getpid());
        support::write_file(mine, "x");
        write_all(output, fs::exists(mine) ? "" : "my directory went away");
      }));
    }
    start.open();
    for (support::child& member : members) {
      const support::ended ended = member.wait();
      CHECK(ended.well());
      CHECK(ended.output.empty());
    }
    CHECK(here.runs().empty());
  }
}

TEST_CASE("members meet in one directory, also where a runner gave each a TMPDIR of its own") {
  const place here;
  const place own;
  const std::string coordinator = "file:" + here.path().string();
  gate first_may_go;
  channel first_is_in;
  support::child first =
      fresh_child({{"TMPDIR", own.path()}, {"APART_COORDINATOR", coordinator}, {"APART_RUN_ID", "r"}}, [&](int output) {
        first_is_in.say(coordination_directory());
        first_may_go.wait();
        write_all(output, fs::exists(coordination_directory()) ? "there" : "gone");
      });
  const std::string directory = first_is_in.hear();
  CHECK(directory == (here.root() / run_directory_name("r", "c-")).string());
  CHECK(support::mode_of(directory) == 0700);
  const auto second = fresh_child({{"APART_COORDINATOR", coordinator}, {"APART_RUN_ID", "r"}}, [](int output) {
                        write_all(output, coordination_directory());
                      }).wait();
  CHECK(second.output == directory);
  first_may_go.open();
  CHECK(first.wait().output == "there");
  CHECK(here.runs().empty());
  CHECK(names_in(own.path()).empty());
}

TEST_CASE("a run that is spread over several machines is told once that files join those of one only") {
  const place here;
  static std::string reported;
  const auto reports_of = [&](const char* nodes, bool coordinates, auto meanwhile) {
    const support::environment variables = {{"APART_TMPDIR", here.path()}, {"APART_RUN_ID", "r"}};
    return fresh_child(variables,
                       [&](int output) {
                         ::setenv("SLURM_PROCID", "2", 1);
                         ::setenv("SLURM_NTASKS", "4", 1);
                         ::setenv("SLURM_STEP_ID", "0", 1);
                         ::setenv("SLURM_NNODES", nodes, 1);
                         apart::set_report_handler([](const char* line) { reported += std::string(line) + '\n'; });
                         static_cast<void>(run_directory());
                         if (coordinates) static_cast<void>(coordination_directory());
                         if (coordinates) static_cast<void>(coordination_directory());
                         write_all(output, reported);
                         meanwhile();
                       })
        .wait()
        .output;
  };
  const auto nothing = [] {};
  CHECK(reports_of("1", true, nothing).empty());
  CHECK(reports_of("2", false, nothing).empty());
  const auto another = [&] { CHECK(reports_of("2", true, nothing) == reported); };
  const std::string told = reports_of("2", true, another);
  CHECK(
      told ==
      "slurm runs the processes of this run on several machines (SLURM_NNODES='2'), and they meet through files, which "
      "join those of one machine: each machine sets up and locks for itself\n");
}

TEST_CASE("files and coordination are swept apart, each under its own lock, also in one root") {
  const place here;
  const auto killed = fresh_child({{"APART_TMPDIR", here.path()}, {"APART_RUN_ID", "killed"}}, [](int) {
                        static_cast<void>(run_directory());
                        static_cast<void>(coordination_directory());
                        ::raise(SIGKILL);
                      }).wait();
  CHECK(WIFSIGNALED(killed.status));
  CHECK(here.runs() == std::vector<std::string>{run_directory_name("killed", "c-"), run_directory_name("killed")});
  CHECK(fresh_child({{"APART_TMPDIR", here.path()}}, [](int) { static_cast<void>(run_directory()); }).wait().well());
  CHECK(here.runs() == std::vector<std::string>{run_directory_name("killed", "c-")});
  CHECK(fresh_child({{"APART_TMPDIR", here.path()}}, [](int) { static_cast<void>(coordination_directory()); })
            .wait()
            .well());
  CHECK(here.runs().empty());
}

TEST_CASE("members are told the place where their launcher would meet them, and nothing where there is none") {
  const place here;
  const auto told = [](support::environment variables) {
    return fresh_child(variables, [](int output) { write_all(output, coordinator_for_members()); }).wait().output;
  };
  const std::string expected = "APART_COORDINATOR=file:" + here.path().string() + "/";
  CHECK(told({{"APART_TMPDIR", here.path()}}) == expected);
  CHECK(told({{"APART_COORDINATOR", "file:" + here.path().string()}, {"APART_TMPDIR", "/"}}) == expected);
  CHECK(told({{"TMPDIR", here.path()}}) == "APART_COORDINATOR=file:/tmp/");
  CHECK(told({{"APART_COORDINATOR", "nonsense"}}).empty());
}

TEST_CASE("two that sweep at once, while others come and go, remove everything that is dead and nothing that lives") {
  const place here;
  gate live_may_go;
  channel live_is_in;
  support::child live = member_with_files_in("live", here, [&](int output) {
    support::write_file(run_directory() + "/mine", "x");
    live_is_in.say("in");
    live_may_go.wait();
    write_all(output, support::text_of(run_directory() + "/mine"));
  });
  live_is_in.hear();
  for (int round = 0; round < 5; ++round) {
    for (int run = 0; run < 8; ++run) killed_run(("dead " + std::to_string(run)).c_str(), here);
    std::vector<support::child> sweepers;
    gate start;
    for (int i = 0; i < 4; ++i) {
      sweepers.push_back(member_with_files_in(("sweeper " + std::to_string(i)).c_str(), here, [&](int output) {
        apart::set_report_handler([](const char*) { std::_Exit(7); });
        start.wait();
        static_cast<void>(run_directory());
        write_all(output, "swept");
      }));
    }
    start.open();
    for (support::child& sweeper : sweepers) {
      const support::ended ended = sweeper.wait();
      CHECK(ended.well());
      CHECK(ended.output == "swept");
    }
    CHECK(here.runs() == std::vector<std::string>{run_directory_name("live")});
  }
  live_may_go.open();
  CHECK(live.wait().output == "x");
  CHECK(here.runs().empty());
}

TEST_CASE("a run that died without keeping anything takes no place of one that did") {
  const place here;
  for (const char* const run : {"a", "b"}) keeping_run(run, here);
  killed_run("dead", here);
  const std::string third = keeping_run("c", here);
  CHECK(here.runs().size() == 3);
  keeping_run("d", here);
  CHECK(here.runs().size() == 3);
  CHECK_FALSE(fs::exists(here.root() / run_directory_name("a")));
  CHECK(fs::exists(third + "/file"));
}
