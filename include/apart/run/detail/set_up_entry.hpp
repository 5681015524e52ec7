#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/detail/program_mutex.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a `per_run` is without its type: a name, where it stands, how its payload is laid out, who shares it, and what
/// runs for it. Enters itself into the process's list while it exists, so that the keeper finds it by name.
class set_up_entry {
 public:
  using set_up_function = std::string (*)(const set_up_entry&);
  using tear_down_function = void (*)(const set_up_entry&, std::string_view payload);

  set_up_entry(const set_up_entry&) = delete;
  set_up_entry& operator=(const set_up_entry&) = delete;

  const char* name() const noexcept { return name_; }
  std::string label() const { return std::string("per_run \"") + name_ + "\""; }
  /// The same in two programs of a run where both were compiled from the same declaration.
  const std::string& declaration() const noexcept { return declaration_; }
  const std::string& layout() const noexcept { return layout_; }
  /// Each machine has its own.
  bool is_of_machine() const noexcept { return of_machine_; }
  bool has_tear_down() const noexcept { return tear_down_ != nullptr; }

  /// Run the user's functions; what they throw passes through.
  std::string run_set_up() const { return set_up_(*this); }
  void run_tear_down(std::string_view payload) const { tear_down_(*this, payload); }

  /// The entry of that name; null where none or, `count` says, more than one stands in this process.
  static const set_up_entry* find(std::string_view name, int& count) {
    const program_lock lock(program_mutex());
    const set_up_entry* found = nullptr;
    count = 0;
    for (const set_up_entry* entry = list_; entry != nullptr; entry = entry->next_) {
      if (entry->name_ == name) {
        found = entry;
        ++count;
      }
    }
    return count == 1 ? found : nullptr;
  }

  /// For a name that more than one have: the refusal, with the places where they stand.
  static std::string refusal_of_twins(std::string_view name) {
    const program_lock lock(program_mutex());
    std::string places;
    for (const set_up_entry* entry = list_; entry != nullptr; entry = entry->next_) {  // the last one first
      if (entry->name_ != name) continue;
      const std::string place = entry->declaration_.substr(name.size() + 1);
      places = " at " + place + (places.empty() ? "" : " and") + places;
    }
    return "per_run \"" + std::string(name) + "\" stands" + places + "; give each its own name";
  }

  /// All that stand in this process.
  static std::vector<const set_up_entry*> all() {
    const program_lock lock(program_mutex());
    std::vector<const set_up_entry*> entries;
    for (const set_up_entry* entry = list_; entry != nullptr; entry = entry->next_) entries.push_back(entry);
    return entries;
  }

 protected:
  set_up_entry(const char* name, set_up_function set_up, tear_down_function tear_down, std::string layout,
               bool of_machine, const char* file, int line)
      : name_(named(name, file, line)),
        declaration_(std::string(name_) + '\n' + file + ':' + std::to_string(line)),
        layout_(std::move(layout)),
        of_machine_(of_machine),
        set_up_(set_up),
        tear_down_(tear_down) {
    const program_lock lock(program_mutex());
    next_ = list_;
    list_ = this;
  }

  ~set_up_entry() {
    const program_lock lock(program_mutex());
    for (set_up_entry** link = &list_; *link != nullptr; link = &(*link)->next_) {
      if (*link == this) {
        *link = next_;
        return;
      }
    }
  }

 private:
  static const char* named(const char* name, const char* file, int line) {
    if (name != nullptr && *name != '\0') return name;
    raise(error(std::string("the per_run at ") + file + ':' + std::to_string(line) + " has no name; give it one"));
  }

  const char* name_;
  const std::string declaration_;
  const std::string layout_;
  const bool of_machine_;
  set_up_function set_up_;
  tear_down_function tear_down_;
  set_up_entry* next_ = nullptr;

  static inline set_up_entry* list_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE
