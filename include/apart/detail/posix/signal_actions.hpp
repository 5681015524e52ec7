#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <apart/version.hpp>

#include <signal.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// What this process does on some signals when the object is made; `put_back` has it do so again. Any thread.
class signal_actions {
 public:
  explicit signal_actions(std::vector<int> signals) : signals_(std::move(signals)), actions_(signals_.size()) {
    for (std::size_t i = 0; i < signals_.size(); ++i) ::sigaction(signals_[i], nullptr, &actions_[i]);
  }

  void put_back() const noexcept {
    for (std::size_t i = 0; i < signals_.size(); ++i) ::sigaction(signals_[i], &actions_[i], nullptr);
  }

 private:
  std::vector<int> signals_;
  std::vector<struct sigaction> actions_;
};

}  // namespace detail
APART_END_NAMESPACE
