#pragma once

#if __has_include(<version>)
#include <version>
#endif
#if !defined(__cpp_lib_jthread)
#error "<apart/interop/stop_token.hpp> needs std::stop_token: C++20, and a standard library that has it"
#endif

#include <memory>
#include <stop_token>
#include <utility>

#include <apart/context/context.hpp>
#include <apart/context/detail/stop_state.hpp>
#include <apart/detail/fork.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Requests a std stop when a context is cancelled. Never removed from the list of that context's node: the node keeps
/// it until both go, and a forked child, which puts its own in its place, has an empty list.
class std_stop : public stop_callback_base {
 public:
  std_stop() : stop_callback_base(&request) {}

  /// With `program_mutex` held: nobody knows of this one yet, so that no callback runs.
  void start(stop_state& watched) {
    if (!watched.add_locked(*this)) run();
  }
  std::stop_token token() const noexcept { return source_.get_token(); }
  bool works_here() const noexcept { return owner_.is_this_process() || source_.stop_requested(); }

 private:
  static void request(stop_callback_base& self) noexcept { static_cast<std_stop&>(self).source_.request_stop(); }

  std::stop_source source_;
  const process_owner owner_;
};

}  // namespace detail

/// A token of the standard library's that is stopped when `watched` is cancelled, for std::condition_variable_any and
/// whatever else takes one. The same one each time in a process.
///
///     ready.wait(lock, apart::std_token(apart::this_test::ctx()), [&] { return done; });
///
/// Its callbacks run where those of `on_cancel` do. Threads: any. Fork: a token from before the fork is not stopped in
/// the child; ask there again. Errors: as `context`.
[[nodiscard]] inline std::stop_token std_token(const context& watched) {
  detail::context_node& node = *detail::context_access::node(watched);
  node.watch_deadline();
  std::shared_ptr<void> of_the_parent;  // goes without the lock
  const detail::program_lock lock(detail::program_mutex());
  auto stop = std::static_pointer_cast<detail::std_stop>(node.in_std);
  if (stop != nullptr && stop->works_here()) return stop->token();
  stop = std::make_shared<detail::std_stop>();
  stop->start(node.stop);
  of_the_parent = std::exchange(node.in_std, stop);
  return stop->token();
}

APART_END_NAMESPACE
