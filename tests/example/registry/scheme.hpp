#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <apart/process/per_process.hpp>

/// Something that is stored as text, under the name of its type.
class object {
 public:
  object() = default;
  object(const object&) = delete;
  object& operator=(const object&) = delete;
  virtual ~object() = default;
  virtual std::string text() const = 0;
};

/// The types that this process knows, by name: what Kubernetes calls a scheme. Filled before the first test, by
/// initializers; only read afterwards, by any thread.
class scheme {
 public:
  using decode = std::unique_ptr<object> (*)(std::string_view text);

  /// Errors: `apart::error` with both places when the name is there already.
  void add(const std::string& name, decode function, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    const std::string place = std::string(file) + ":" + std::to_string(line);
    const auto [known, added] = types_.try_emplace(name, entry{function, place});
    if (added) return;
    throw apart::error("the type '" + name + "' is added twice: at " + known->second.place + " and at " + place);
  }

  /// Errors: `apart::error` when nobody has added the name.
  std::unique_ptr<object> make(const std::string& name, std::string_view text) const {
    const auto known = types_.find(name);
    if (known == types_.end()) throw apart::error("no type '" + name + "' is known to this process");
    return known->second.function(text);
  }

 private:
  struct entry {
    decode function;
    std::string place;
  };
  std::map<std::string, entry> types_;
};

/// Each process has its own.
inline apart::per_process types{[] { return scheme(); }};
