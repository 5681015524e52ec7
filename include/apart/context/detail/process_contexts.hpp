#pragma once

#include <memory>
#include <string>
#include <utility>

#include <apart/context/detail/context_node.hpp>
#include <apart/context/detail/context_timer.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// That of the set-up or tear-down that runs on this thread; null: the process's.
inline thread_local const std::shared_ptr<context_node>* current_of_thread = nullptr;

/// The contexts that everyone in the process sees. Never destroyed: a static destructor may still ask.
class process_contexts {
 public:
  static process_contexts& instance() {
    static auto* contexts = new process_contexts;
    return *contexts;
  }

  const std::shared_ptr<context_node> background = context_node::root("background");
  const std::shared_ptr<context_node> run = context_node::child_of(background, "run");

  /// Somebody wants to know of a cancellation from now on.
  const std::shared_ptr<context_node>& process() {
    program_lock lock(program_mutex());
    asked_ = true;
    void (*const watcher)() = std::exchange(watcher_, nullptr);
    lock.unlock();
    if (watcher != nullptr) watcher();
    return process_;
  }

  std::shared_ptr<context_node> current() {
    if (current_of_thread != nullptr) return *current_of_thread;
    program_lock lock(program_mutex());
    if (current_ != nullptr) return current_;
    lock.unlock();
    return process();
  }

  /// Null: that of the process. Returns the former one.
  std::shared_ptr<context_node> set_current(std::shared_ptr<context_node> now) noexcept {
    const program_lock lock(program_mutex());
    return std::exchange(current_, std::move(now));
  }

  /// What tells this process from the others of its run, for people.
  void name_process(std::string name) {
    auto shared = std::make_shared<const std::string>(std::move(name));
    const program_lock lock(program_mutex());
    process_->name = std::move(shared);
  }

  /// `started` is called once: when somebody first asks for the process's context, or now where somebody has.
  void watch(void (*started)()) {
    program_lock lock(program_mutex());
    if (!asked_) {
      watcher_ = started;
      return;
    }
    lock.unlock();
    started();
  }

 private:
  const std::shared_ptr<context_node> process_ = context_node::child_of(run, "process");
  std::shared_ptr<context_node> current_;
  void (*watcher_)() = nullptr;
  bool asked_ = false;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool process_contexts_exist = (process_contexts::instance(), true);

}  // namespace detail
APART_END_NAMESPACE
