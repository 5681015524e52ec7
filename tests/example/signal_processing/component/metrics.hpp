#pragma once

#include <cstdint>
#include <string>

#include "fields.hpp"

namespace signals::metrics {

/// Counters of this process, each under a name and labels: `signals_total{namespace="shop",outcome="completed"}`. Any
/// thread.
void count(const std::string& name, const fields& labels);
/// 0 for what was never counted.
std::uint64_t value(const std::string& name, const fields& labels);

}  // namespace signals::metrics
