#pragma once

#include <apart/detail/visibility.hpp>

/// The version of the library. CMake reads it from here; nothing else states it.
#define APART_VERSION_MAJOR 0
#define APART_VERSION_MINOR 1
#define APART_VERSION_PATCH 0

/// Everything public lives in `apart`, inside an inline namespace that names the version, so that two versions in
/// one program are two sets of types and never a silent mixture of both. All parts of a program share what is there,
/// whatever visibility each was compiled with.
#define APART_BEGIN_NAMESPACE               \
  namespace apart APART_SHARED_BY_PROGRAM { \
  inline namespace v0_1 {
#define APART_END_NAMESPACE \
  }                         \
  }

/// Around what two versions in one program share as well: the counter behind unique names. It never changes.
#define APART_BEGIN_SHARED_NAMESPACE        \
  namespace apart APART_SHARED_BY_PROGRAM { \
  namespace shared {
#define APART_END_SHARED_NAMESPACE \
  }                                \
  }
