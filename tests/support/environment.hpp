#pragma once

#include <cstdlib>

/// setenv(3) and unsetenv(3), for tests, where the C library does not have them. An empty value is as none there.
#if defined(_WIN32)
inline int setenv(const char* name, const char* value, int) { return ::_putenv_s(name, value); }
inline int unsetenv(const char* name) { return ::_putenv_s(name, ""); }
#endif
