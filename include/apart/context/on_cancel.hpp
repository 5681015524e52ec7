#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <apart/context/context.hpp>
#include <apart/context/detail/stop_state.hpp>
#include <apart/detail/refuse_empty.hpp>

APART_BEGIN_NAMESPACE

/// Calls a function when a context is cancelled, on the thread that cancels it, or at once where it is cancelled already.
/// The destructor waits for a call that runs on another thread, not for its own; afterwards it is not called. What it
/// throws ends the program.
///
///     const apart::on_cancel closing(ctx, [&] { connection.close(); });
///
/// The function may cancel contexts, register more, and destroy its own registration. Threads: any. Fork: in a child it
/// is never called, since it might end there what the parent still uses. Movable; a moved-from one does nothing.
/// Errors: `apart::error` for an empty function.
class [[nodiscard]] on_cancel {
 public:
  template <class F>
  [[nodiscard]] on_cancel(const context& watched, F function)
      : registration_(new registration_of<F>(detail::context_access::node(watched), std::move(function))) {
    registration_->start();
  }
  template <class F>
  on_cancel(const scoped_context&&, F) = delete;  // called at the semicolon: hold the scoped_context in a variable

  [[nodiscard]] on_cancel(on_cancel&&) noexcept = default;
  on_cancel& operator=(on_cancel&&) noexcept = default;
  ~on_cancel() = default;

  /// True: it has not been called, and will not be. Waits as the destructor does: the caller must hold nothing that the
  /// function wants.
  bool release() noexcept { return registration_ != nullptr && registration_->remove(false); }

 private:
  class registration : public detail::stop_callback_base {
   public:
    registration(std::shared_ptr<detail::context_node> node, void (*called)(stop_callback_base&) noexcept) noexcept
        : stop_callback_base(called), node_(std::move(node)) {}
    virtual ~registration() { remove(true); }
    void start() {
      node_->watch_deadline();
      if (!node_->stop.add(*this)) run();
    }
    bool remove(bool gone) noexcept { return node_->stop.remove(*this, gone); }

   private:
    std::shared_ptr<detail::context_node> node_;
  };

  template <class F>
  class registration_of final : public registration {
   public:
    static_assert(std::is_invocable_v<F&>, "apart: the function of on_cancel is called without arguments");

    registration_of(std::shared_ptr<detail::context_node> node, F function)
        : registration(
              std::move(node),
              [](detail::stop_callback_base& self) noexcept { static_cast<registration_of&>(self).function_(); }),
          function_(std::move(function)) {
      detail::refuse_empty(function_, "on_cancel");
    }
    ~registration_of() override { this->remove(true); }

   private:
    F function_;
  };

  std::unique_ptr<registration> registration_;
};

APART_END_NAMESPACE
