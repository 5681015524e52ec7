#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE

/// How a run ends: the exit status of the launcher. Where several hold, the first of 2, 4, 5, 1; but 1 where a test has failed
/// and all have run, or `max_failures` kept the others from running.
enum class exit_code : int {
  passed = 0,
  failed = 1,
  usage = 2,
  no_test_selected = 3,
  set_up_failed = 4,
  incomplete = 5,  ///< interrupted, out of time, tests that never ran, workers whose lists differ, lost machines
};

/// What the command line and the environment ask of the launcher.
struct launch_options {
  static constexpr auto for_ever = std::chrono::nanoseconds::max();

  unsigned procs = 0;            ///< 0: no launcher, the framework runs as it always did
  unsigned shard = 1;            ///< which part of the tests, from 1
  unsigned shards = 1;           ///< of how many
  unsigned rounds = 0;           ///< how often all of it is run; 0: not told, once or without end
  bool until_it_fails = false;   ///< no further round after one that has not passed
  bool shuffle = false;          ///< in an order that the seed decides
  bool isolate = false;          ///< each test in a process of its own
  bool verbose = false;          ///< show passed tests, too
  std::size_t max_failures = 0;  ///< hand out no further test once so many have failed; 0: never stop
  std::optional<std::uint32_t> seed;
  std::optional<std::chrono::nanoseconds> timeout;  ///< of one test; nothing: not told, its context's alone
  std::chrono::nanoseconds run_timeout = for_ever;  ///< of all of it
  std::chrono::nanoseconds slow = std::chrono::seconds(60);
  std::string own_directory;           ///< who has one: "test" or "worker"; "": nobody
  bool own_network = false;            ///< for each worker
  bool own_tmp = false;                ///< likewise
  std::vector<std::string> own_paths;  ///< likewise
  std::vector<std::string> links;      ///< what is brought into it
  std::vector<std::string> copies;     ///< likewise
  std::string junit;                   ///< path of a report; "": none
  std::string timeline;                ///< likewise

  std::vector<std::string> framework_arguments;  ///< the program's name first
  std::vector<std::string> all_arguments;        ///< as given, for the workers

  static constexpr unsigned max_procs = 1024;
  static constexpr unsigned max_count = 1'000'000;  ///< of shards, of rounds

  bool one_round() const noexcept { return rounds <= 1 && !until_it_fails; }
};

APART_END_NAMESPACE
