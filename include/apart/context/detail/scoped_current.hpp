#pragma once

#include <memory>
#include <utility>

#include <apart/context/context.hpp>
#include <apart/context/detail/process_contexts.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// For the upper rooms: what `context::current()` is for a scope, on all threads. Scopes are nested.
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

/// The same for the calling thread alone: other threads go on with what is current there.
class scoped_current_of_thread {
 public:
  explicit scoped_current_of_thread(const context& now)
      : now_(context_access::node(now)), before_(std::exchange(current_of_thread, &now_)) {}
  ~scoped_current_of_thread() { current_of_thread = before_; }
  scoped_current_of_thread(const scoped_current_of_thread&) = delete;
  scoped_current_of_thread& operator=(const scoped_current_of_thread&) = delete;

 private:
  const std::shared_ptr<context_node> now_;
  const std::shared_ptr<context_node>* before_;
};

}  // namespace detail
APART_END_NAMESPACE
