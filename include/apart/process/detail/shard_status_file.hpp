#pragma once

#include <cstdlib>
#include <string>

#include <apart/detail/file_system.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Tells a runner that this program honours shards, by the protocol of GoogleTest and Bazel: makes the files that
/// `GTEST_SHARD_STATUS_FILE` and `TEST_SHARD_STATUS_FILE` name, or renews their times. Without them the runner takes it
/// that each shard ran all tests. For a program that has read its index and count and is about to run its part of the
/// tests, and for no other. Any thread.
/// Errors: `apart::error` that names the variable and the path when the file cannot be made.
inline void touch_shard_status_file() {
  for (const char* const name : {"GTEST_SHARD_STATUS_FILE", "TEST_SHARD_STATUS_FILE"}) {
    const char* const path = std::getenv(name);
    if (path == nullptr || *path == '\0') continue;
    raise_if(system_fault(overwrite_file(path, {}), std::string(name) + "='" + path + "' (cannot be made)"));
  }
}

}  // namespace detail
APART_END_NAMESPACE
