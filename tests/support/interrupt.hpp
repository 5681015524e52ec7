#pragma once

#include <thread>

#include <apart/detail/same_interrupt.hpp>

namespace support {

/// Until a further signal is another interrupt: what has to pass is time.
inline void wait_for_another_interrupt() { std::this_thread::sleep_for(apart::detail::same_interrupt * 11 / 10); }

}  // namespace support
