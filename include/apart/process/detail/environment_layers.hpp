#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <apart/detail/environment.hpp>
#include <apart/process/detail/layers.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The environment variables that guards of this process have changed, each with its layers. Call under
/// `program_mutex`. Never destroyed: guards may stand at namespace scope.
class environment_layers {
 public:
  static environment_layers& of_this_process() {
    static auto* const all = new environment_layers;
    return *all;
  }

  /// Changes the variable. 0 or an error number; then nothing has changed.
  int push(const std::string& name, const std::optional<std::string>& value, std::uint64_t& layer) {
    layers<std::optional<std::string>>& of_name = names_[name];
    layer = of_name.push(variable(name));
    const int code = set_variable(name, value);
    std::optional<std::string> unchanged;
    if (code != 0) of_name.pop(std::exchange(layer, 0), unchanged);
    return code;
  }

  /// 0 or an error number.
  int pop(const std::string& name, std::uint64_t layer) {
    std::optional<std::string> found;
    return names_[name].pop(layer, found) ? set_variable(name, found) : 0;
  }

 private:
  std::map<std::string, layers<std::optional<std::string>>> names_;
};

}  // namespace detail
APART_END_NAMESPACE
