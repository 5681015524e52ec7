#pragma once

#include <memory>

#include <gtest/gtest.h>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// GoogleTest's own printer, of which only what belongs to a test is shown: what it says of a whole run would be said once
/// for each part of one.
class gtest_printer : public ::testing::EmptyTestEventListener {
 public:
  explicit gtest_printer(::testing::TestEventListener* whole) : whole_(whole) {}

  void OnTestStart(const ::testing::TestInfo& test) override { whole_->OnTestStart(test); }
  void OnTestPartResult(const ::testing::TestPartResult& part) override { whole_->OnTestPartResult(part); }
  void OnTestEnd(const ::testing::TestInfo& test) override { whole_->OnTestEnd(test); }

 private:
  std::unique_ptr<::testing::TestEventListener> whole_;
};

}  // namespace detail
APART_END_NAMESPACE
