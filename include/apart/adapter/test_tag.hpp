#pragma once

#include <string>
#include <utility>
#include <vector>

#include <apart/adapter/detail/glob.hpp>
#include <apart/version.hpp>

APART_BEGIN_NAMESPACE

/// A tag of tests in frameworks that have none of their own (GoogleTest, doctest): "serial", or "group:postgres:2" for at
/// most two at once.
///
///     const apart::test_tag alone("MigrationTest.*", "serial");
///
/// `tests` is a pattern of names as `this_test::name()` has them, in which * stands for any text and ? for any character.
/// Static, at namespace scope, in whichever file; both texts outlive the tests.
class test_tag {
 public:
  test_tag(const char* tests, const char* tag) noexcept : tests_(tests), tag_(tag), next_(std::exchange(all, this)) {}
  test_tag(const test_tag&) = delete;
  test_tag& operator=(const test_tag&) = delete;

  /// Those of the test of that name.
  [[nodiscard]] static std::vector<std::string> of(const std::string& test) {
    std::vector<std::string> tags;
    for (const test_tag* one = all; one != nullptr; one = one->next_) {
      if (detail::matches_glob(one->tests_, test)) tags.emplace_back(one->tag_);
    }
    return tags;
  }

 private:
  static inline const test_tag* all = nullptr;

  const char* tests_;
  const char* tag_;
  const test_tag* next_;
};

namespace detail {

inline bool is_serial(const std::vector<std::string>& tags) {
  for (const std::string& tag : tags) {
    if (tag == "serial") return true;
  }
  return false;
}

}  // namespace detail
APART_END_NAMESPACE
