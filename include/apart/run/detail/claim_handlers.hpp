#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <apart/detail/program_mutex.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What cleans up claims of one kind, and where it is registered.
struct claim_handler_entry {
  const char* kind;
  void (*clean_up)(std::string_view name);
  const char* file;
  int line;

  std::string where() const { return std::string(file) + ":" + std::to_string(line); }
};

/// All that are registered at the moment. Never destroyed: objects in other files of the program register before and
/// unregister after this one's would be.
class claim_handler_registry {
 public:
  using clean_up_function = void (*)(std::string_view name);

  static claim_handler_registry& instance() {
    static auto* const all = new claim_handler_registry;
    return *all;
  }

  void add(const claim_handler_entry* entry) {
    const program_lock lock(program_mutex());
    entries_.push_back(entry);
  }

  void remove(const claim_handler_entry* entry) noexcept {
    const program_lock lock(program_mutex());
    for (std::size_t i = entries_.size(); i-- > 0;) {
      if (entries_[i] == entry) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  /// Null where nothing of that kind is registered; an `apart::error` where two are.
  clean_up_function find(std::string_view kind) {
    program_lock lock(program_mutex());
    const claim_handler_entry* found = nullptr;
    for (const claim_handler_entry* entry : entries_) {
      if (kind != entry->kind) continue;
      if (found != nullptr) {
        const std::string places = found->where() + " and at " + entry->where();
        lock.unlock();
        raise(error("claim_handler '" + std::string(kind) + "' is registered twice: at " + places +
                    "; give each kind one handler"));
      }
      found = entry;
    }
    return found != nullptr ? found->clean_up : nullptr;
  }

 private:
  std::vector<const claim_handler_entry*> entries_;
};

}  // namespace detail
APART_END_NAMESPACE
