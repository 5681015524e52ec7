#pragma once

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE

/// What a port is a port of: each of the two has all the numbers.
enum class transport { tcp, udp };

APART_END_NAMESPACE
