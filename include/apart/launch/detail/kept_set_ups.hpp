#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <apart/launch/set_ups_of_machines.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What was set up and is still to be torn down, the last first: what other machines may stand on when they have left it,
/// and what they have set up is only left.
class kept_set_ups {
 public:
  struct set_up {
    std::string name;
    std::string payload;
    bool is_ours;
    bool is_taken = false;
  };

  explicit kept_set_ups(set_ups_of_machines& others) : others_(others) {}

  bool empty() const noexcept { return kept_.empty(); }
  /// In order of their set-up.
  const std::vector<set_up>& all() const noexcept { return kept_; }

  void add(const std::string& name, const std::string& payload, bool is_ours) {
    kept_.push_back({name, payload, is_ours});
  }

  /// Who tore down has died: what was not done is to be taken again.
  void begin_again() {
    for (set_up& one : kept_) one.is_taken = false;
  }

  /// Until the last one is this machine's own.
  void leave_others() {
    while (!kept_.empty() && !kept_.back().is_ours) {
      kept_.back().is_ours = others_.leave(kept_.back().name);
      if (!kept_.back().is_ours) kept_.pop_back();
    }
  }

  /// Those whose turn it is; where other machines stand on the next one, `at_once` takes it all the same.
  std::vector<set_up> take(bool at_once) {
    std::vector<set_up> taken;
    for (auto one = kept_.rbegin(); one != kept_.rend() && one->is_ours; ++one) {
      if (one->is_taken) continue;
      if (!at_once && !others_.may_tear_down(one->name)) break;
      one->is_taken = true;
      taken.push_back(*one);
    }
    return taken;
  }

  void torn_down(const std::string& name) {
    const auto has_name = [&](const set_up& one) { return one.name == name; };
    kept_.erase(std::remove_if(kept_.begin(), kept_.end(), has_name), kept_.end());
    others_.torn_down(name);
  }

 private:
  set_ups_of_machines& others_;
  std::vector<set_up> kept_;
};

}  // namespace detail
APART_END_NAMESPACE
