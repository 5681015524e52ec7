#pragma once

/// Marks a namespace whose objects all parts of a program share, whatever visibility each part was compiled with. On
/// Windows nothing does: each module there has its own, and what stands behind this mark must bear it.
#if defined(__GNUC__) && !defined(_WIN32)
#define APART_SHARED_BY_PROGRAM __attribute__((visibility("default")))
#else
#define APART_SHARED_BY_PROGRAM
#endif
