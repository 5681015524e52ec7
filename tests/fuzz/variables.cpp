// Whatever the environment and the command line say is a value, or an error that says why not.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <apart/detail/duration.hpp>
#include <apart/detail/launched.hpp>
#include <apart/error.hpp>
#include <apart/launch/command_line.hpp>
#include <apart/process/detail/runner.hpp>

#include "input.hpp"

namespace {

template <class Function>
void try_to(Function function) {
  try {
    function();
  } catch (const apart::error& refused) {
    require(refused.what()[0] != '\0', "an error has a text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input from(data, size);
  const std::string text = from.text();
  if (const auto duration = apart::detail::parse_duration(text)) {
    require(*duration >= std::chrono::milliseconds(1), "a duration is one");
  }
  static_cast<void>(apart::detail::parse_launched(text.c_str()));
  try_to([&] { static_cast<void>(apart::detail::number_in_variable("NAME", text.c_str())); });

  std::vector<std::string> words{"program"};
  while (!from.empty()) {
    const auto& option =
        apart::detail::launch_option_table[from.byte() % std::size(apart::detail::launch_option_table)];
    words.push_back(from.byte() % 8 == 0 ? from.text() : std::string(option.name) + '=' + from.text());
  }
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  try_to([&] {
    const auto options = apart::parse_launch_options(static_cast<int>(arguments.size()), arguments.data());
    require(options.procs <= apart::launch_options::max_procs, "not too many processes");
    require(options.shards == 0 || options.shard <= options.shards, "a part of the parts");
  });
  return 0;
}
