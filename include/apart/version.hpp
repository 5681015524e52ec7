#pragma once

/// The version of the library. CMake reads it from here; nothing else states it.
#define APART_VERSION_MAJOR 0
#define APART_VERSION_MINOR 1
#define APART_VERSION_PATCH 0

/// Everything public lives in `apart`, inside an inline namespace that names the version, so that two versions in
/// one program are two sets of types and never a silent mixture of both. What two versions must share (the counter
/// behind unique names) says so, and stands outside.
#define APART_BEGIN_NAMESPACE \
  namespace apart {           \
  inline namespace v0_1 {
#define APART_END_NAMESPACE \
  }                         \
  }
