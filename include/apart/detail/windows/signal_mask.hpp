#pragma once

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Around the start of a thread. Windows has no signals that a thread could take from the program: the C library tells of
/// Ctrl-C on a thread of its own.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {}
  ~all_signals_blocked() {}
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;
};

}  // namespace detail
APART_END_NAMESPACE
