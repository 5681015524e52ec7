#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE

/// Tests that use one thing of which there is not enough for all: at most `limit` of them run at once.
struct test_group {
  std::string name;
  std::size_t limit = 1;
};

/// One test as the launcher sees it.
struct planned_test {
  std::string name;
  bool serial = false;     ///< runs alone, after all that may run side by side
  bool elsewhere = false;  ///< another part of the run has it, see `--shard`
  std::vector<test_group> groups = {};
  std::string suite = {};  ///< with tests of the same one it shares what is set up once in each process that runs some
  bool in_order = false;  ///< its framework runs the tests of a list in the order of the selection, whatever the list's
  bool inseparable = false;  ///< comes in one list with all of its suite, which are serial as it is, and in no group
};

enum class outcome : std::uint8_t { passed, failed, skipped };

/// Those that tags of the form "group:postgres:2" name; a limit that is none is an `apart::error`.
inline std::vector<test_group> groups_in(const std::vector<std::string>& tags) {
  std::vector<test_group> groups;
  for (const std::string& tag : tags) {
    constexpr std::string_view prefix = "group:";
    if (tag.compare(0, prefix.size(), prefix) != 0) continue;
    const std::size_t colon = tag.rfind(':');
    const std::string limit = tag.substr(colon + 1);
    const bool is_number = !limit.empty() && limit.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long count = is_number && limit.size() < 7 ? std::strtoul(limit.c_str(), nullptr, 10) : 0;
    if (colon <= prefix.size() || count == 0) {
      detail::raise(error("the tag [" + tag + "]: wants a name and how many run at once, such as [group:postgres:2]"));
    }
    groups.push_back({tag.substr(prefix.size(), colon - prefix.size()), count});
  }
  return groups;
}

/// What became of one test.
struct test_report {
  outcome result = outcome::passed;
  std::string text;  ///< why, where the framework's own output does not say it
};

/// What the launcher asks of a test framework. Each process makes its own from the same command line, so all of them
/// number the tests alike; a hash of the names is compared before the first test.
class framework {
 public:
  framework() = default;
  framework(const framework&) = delete;
  framework& operator=(const framework&) = delete;
  virtual ~framework() = default;

  /// The seed of the command line, or one that the framework has chosen. The launcher asks; its workers are told.
  virtual std::uint32_t seed() const = 0;

  /// Whether the command line says which seed.
  virtual bool seed_is_given() const = 0;

  /// The arguments, without the program's name, by which only the test of that name runs, with that seed or one that the
  /// framework chooses.
  virtual std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t> seed) const = 0;

  /// The tests that the command line selects, in the order in which they are to run. The seed is the run's: equal in
  /// all processes, and it decides whatever is random. Called before anything else; in the launcher once a round.
  virtual std::vector<planned_test> select(std::uint32_t seed) = 0;

  /// The tests to run next, in this order; called when all of the list before has ended. Empty: there is nothing more.
  using next_list = std::function<std::vector<std::size_t>()>;
  /// Reports a test once when it has ended. False: no other body of its list is to begin.
  using reported = std::function<bool(std::size_t index, const test_report&)>;

  /// Runs list after list. In a worker only, once. When there is nothing more it returns, or ends the process as exit(0)
  /// does, where its framework does not let it return.
  virtual void run(const next_list& next, const reported& ended) = 0;
};

APART_END_NAMESPACE
