#pragma once

#include <csignal>
#include <cstddef>
#include <utility>
#include <vector>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What this process does on some signals when the object is made; `put_back` has it do so again. Any thread.
class signal_actions {
 public:
  explicit signal_actions(std::vector<int> signals) : signals_(std::move(signals)), actions_(signals_.size()) {
    for (std::size_t i = 0; i < signals_.size(); ++i) actions_[i] = std::signal(signals_[i], SIG_IGN);
    put_back();  // to ask for it is to set it
  }

  void put_back() const noexcept {
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      if (actions_[i] != SIG_ERR) std::signal(signals_[i], actions_[i]);
    }
  }

 private:
  std::vector<int> signals_;
  std::vector<void (*)(int)> actions_;
};

}  // namespace detail
APART_END_NAMESPACE
