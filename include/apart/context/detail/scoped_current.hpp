#pragma once

#include <memory>
#include <utility>

#include <apart/context/context.hpp>
#include <apart/context/detail/process_contexts.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// For the upper rooms: what `context::current()` is for a scope.
class scoped_current {
 public:
  explicit scoped_current(const context& now)
      : before_(process_contexts::instance().set_current(context_access::node(now))) {}
  ~scoped_current() { process_contexts::instance().set_current(std::move(before_)); }
  scoped_current(const scoped_current&) = delete;
  scoped_current& operator=(const scoped_current&) = delete;

 private:
  std::shared_ptr<context_node> before_;
};

}  // namespace detail
APART_END_NAMESPACE
