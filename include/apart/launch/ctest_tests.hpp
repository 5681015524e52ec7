#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE

/// What cmake/Apart.cmake asks a program for, as its first argument: `--ctest=...`.
struct ctest_order {
  enum class kind : unsigned char {
    none,
    list,   ///< =list:PREFIX: prints the tests that the rest of the command line selects, as commands of CTest
    run,    ///< runs as without it, but its status is `skipped` where the only tests that ran have been skipped
    open,   ///< opens the fixture of all tests of this program, see `ctest_keeper`
    close,  ///< closes it
  };
  static constexpr int skipped = 77;

  kind what = kind::none;
  std::string prefix = {};  ///< of the tests' names

  bool moves_fixture() const noexcept { return what == kind::open || what == kind::close; }

  /// Takes it from the command line, where it stands.
  static ctest_order taken_from(std::vector<const char*>& arguments) {
    constexpr std::string_view option = "--ctest=", list = "list:";
    if (arguments.size() < 2) return {};
    std::string_view given = arguments[1];
    if (given.compare(0, option.size(), option) != 0) return {};
    given.remove_prefix(option.size());
    arguments.erase(arguments.begin() + 1);
    if (given == "run") return {kind::run};
    if (given == "open") return {kind::open};
    if (given == "close") return {kind::close};
    if (given.compare(0, list.size(), list) == 0) return {kind::list, std::string(given.substr(list.size()))};
    detail::raise(error(fmt::format("--ctest={}: wants list:PREFIX, run, open or close", given)));
  }
};

namespace detail {

/// As CMake takes it whatever is in it: [==[...]==] (cmake-language(7), bracket arguments).
inline std::string in_brackets(std::string_view text) {
  std::string level = "=";
  while (text.find("]" + level) != std::string_view::npos) level += '=';
  return fmt::format("[{}[{}]{}]", level, text, level);
}

/// The resources that the tests of a group with place for one lock.
inline std::string locked_resources(const planned_test& test) {
  std::string locked;
  for (const test_group& group : test.groups) {
    if (group.limit == 1) locked += group.name + ';';
  }
  return locked;
}

/// A test of CTest for each test; with set-ups that a keeper of ctest's run holds, behind a call of `apart_fixture`. What
/// apart_command, apart_extra_args, apart_fixture and apart_test are is said in cmake/ApartDiscover.cmake.
inline std::string ctest_tests(const framework& tests, const std::vector<planned_test>& planned,
                               std::string_view prefix, bool has_set_ups) {
  std::string text = has_set_ups ? "apart_fixture()\n" : "";
  std::map<std::string_view, std::size_t> times;
  for (const planned_test& test : planned) {
    if (times[test.name]++ > 0) continue;  // one command runs both
    const std::string name = in_brackets(fmt::format("{}{}", prefix, test.name));
    text += fmt::format("add_test({} ${{apart_command}} --ctest=run ${{apart_extra_args}}", name);
    for (const std::string& argument : tests.arguments_for(test.name, std::nullopt)) {
      text += ' ' + in_brackets(argument);
    }
    text += fmt::format(")\napart_test({} {} [=[{}]=])\n", name, test.serial, locked_resources(test));
  }
  return text;
}

}  // namespace detail
APART_END_NAMESPACE
