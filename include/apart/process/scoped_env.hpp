#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include <apart/detail/program_mutex.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/process/detail/environment_layers.hpp>
#include <apart/process/detail/variable_arguments.hpp>

APART_BEGIN_NAMESPACE

/// Sets or unsets an environment variable, and puts back exactly what was there when it goes: a text, the empty text, or
/// nothing.
///
///     const apart::scoped_env home("HOME", dir.path().string());
///     const apart::scoped_env proxy("http_proxy", std::nullopt);   // unset
///
/// Scope: this process, and what it starts meanwhile. Owner: one object. Moving moves the duty; a moved-from object does
/// nothing. Guards of one name may be nested, and may go in any order: while any of them lives, the last one made
/// decides; after the last has gone, what the first one found is there again, whatever others have set meanwhile.
///
/// Threads: the guards exclude one another, and nobody else. No thread may read the environment while another one
/// changes it: in glibc, adding a variable while getenv(3) runs elsewhere (and localtime, getaddrinfo, gettext call it)
/// has crashed, since the array moves. Replacing a variable that is there already moves nothing, but its former text,
/// which somebody may still hold by pointer, is no longer the variable's. Change it before threads are started.
/// Fork: the child has an environment of its own, and its copy of the guard puts back the child's. Destruction: never
/// throws; a failure is reported (`set_report_handler`). Crash: ends with the process.
/// Errors: `apart::error` that names the variable: a name that is a null pointer, empty, or holds '=' or a null byte, a
/// value that is a null pointer or holds a null byte, no memory.
class [[nodiscard]] scoped_env {
 public:
  /// `std::nullopt` unsets it.
  [[nodiscard]] scoped_env(std::string name, std::optional<std::string> value) : name_(std::move(name)) {
    if (name_.empty() || name_.find_first_of(std::string("=\0", 2)) != std::string::npos) {
      detail::raise(error("scoped_env: '" + name_ + "' is no name of an environment variable"));
    }
    if (value && value->find('\0') != std::string::npos) {
      detail::raise(error("scoped_env: the value for " + name_ + " holds a null byte"));
    }
    const detail::program_lock lock(detail::program_mutex());
    if (const int code = detail::environment_layers::of_this_process().push(name_, value, layer_)) {
      detail::raise_system(code, "scoped_env: cannot set " + name_);
    }
  }
  /// The same for whatever a text can be made of: literals, pointers such as getenv(3) gives, views.
  template <class Name, class Value, std::enable_if_t<detail::are_variable<Name, Value>, int> = 0>
  [[nodiscard]] scoped_env(const Name& name, const Value& value)
      : scoped_env(detail::name_of_variable(name), detail::value_of_variable(name, value)) {}
  template <class Name, class Value, std::enable_if_t<!detail::are_variable<Name, Value>, int> = 0>
  scoped_env(const Name&, const Value&) = delete;  // wants a text, and a text or std::nullopt

  [[nodiscard]] scoped_env(scoped_env&& other) noexcept
      : name_(std::move(other.name_)), layer_(std::exchange(other.layer_, 0)) {}
  scoped_env& operator=(scoped_env&& other) noexcept {
    scoped_env taken(std::move(other));
    std::swap(name_, taken.name_);
    std::swap(layer_, taken.layer_);
    return *this;
  }
  ~scoped_env() {
    if (layer_ == 0) return;
    detail::program_lock lock(detail::program_mutex());
    const int code = detail::environment_layers::of_this_process().pop(name_, layer_);
    lock.unlock();
    if (code != 0) {
      detail::report("scoped_env: cannot put " + name_ + " back: " + std::generic_category().message(code));
    }
  }

 private:
  std::string name_;
  std::uint64_t layer_ = 0;
};

APART_END_NAMESPACE
