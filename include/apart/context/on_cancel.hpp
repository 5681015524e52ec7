#pragma once

#include <memory>
#include <utility>

#include <apart/context/context.hpp>
#include <apart/detail/context_node.hpp>
#include <apart/detail/stop_state.hpp>

APART_BEGIN_NAMESPACE

/// Calls a function when a context is cancelled, or at once where it is. The destructor waits for a call that runs on
/// another thread, not for its own; afterwards it is not called. What it throws ends the program.
class [[nodiscard]] on_cancel {
 public:
  template <class F>
  [[nodiscard]] on_cancel(const context& watched, F function)
      : registration_(std::make_unique<registration_of<F>>(watched.node_, std::move(function))) {
    registration_->start();
  }
  template <class F>
  on_cancel(const scoped_context&& watched, F function) = delete;

  [[nodiscard]] on_cancel(on_cancel&&) noexcept = default;
  on_cancel& operator=(on_cancel&&) noexcept = default;
  ~on_cancel() = default;

  /// True: it has not been called, and will not be.
  bool release() noexcept { return registration_ != nullptr && registration_->remove(); }

 private:
  class registration : public detail::stop_callback_base {
   public:
    registration(std::shared_ptr<detail::context_node> node, void (*run)(stop_callback_base&) noexcept) noexcept
        : stop_callback_base(run), node_(std::move(node)), run_now_(run) {}
    virtual ~registration() { remove(); }
    void start() noexcept {
      if (!node_->stop.add(*this)) run_now_(*this);
    }
    bool remove() noexcept { return node_->stop.remove(*this); }

   private:
    std::shared_ptr<detail::context_node> node_;
    void (*run_now_)(stop_callback_base&) noexcept;
  };

  template <class F>
  class registration_of final : public registration {
   public:
    registration_of(std::shared_ptr<detail::context_node> node, F function)
        : registration(
              std::move(node),
              [](detail::stop_callback_base& self) noexcept { static_cast<registration_of&>(self).function_(); }),
          function_(std::move(function)) {}
    ~registration_of() override { this->remove(); }

   private:
    F function_;
  };

  std::unique_ptr<registration> registration_;
};

APART_END_NAMESPACE
