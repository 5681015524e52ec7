#pragma once

#include <atomic>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a literal or a char* is given as.
template <class T>
inline constexpr bool is_pointer_to_text =
    std::is_pointer_v<T>&& std::is_same_v<std::remove_cv_t<std::remove_pointer_t<T>>, char>;

/// The values of a context: a list to which `with` adds at the front, and whose rest is shared by all that have it.
/// Never changes. Threads: any.
class context_values {
 public:
  context_values() noexcept = default;
  context_values(const context_values& other) noexcept : nearest_(other.nearest_) {
    if (nearest_ != nullptr) nearest_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  context_values& operator=(context_values other) noexcept {
    std::swap(nearest_, other.nearest_);
    return *this;
  }
  /// Lets go of one after the other, not in a call inside a call for each of them.
  ~context_values() {
    while (nearest_ != nullptr && nearest_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete std::exchange(nearest_, nearest_->next);
    }
  }

  template <class T>
  context_values with(T value) const {
    context_values more;
    more.nearest_ = new value_of<T>(std::move(value));
    more.nearest_->next = context_values(*this).release();
    return more;
  }

  /// The nearest value of that type; null where there is none.
  template <class T>
  const T* find() const noexcept {
    for (const any_value* known = nearest_; known != nullptr; known = known->next) {
      if (known->type == &type_key<T>) return &static_cast<const value_of<T>*>(known)->value;
    }
    return nullptr;
  }

  friend bool operator==(const context_values& left, const context_values& right) noexcept {
    return left.nearest_ == right.nearest_;
  }

 private:
  struct any_value {
    explicit any_value(const void* key) noexcept : type(key) {}
    any_value(const any_value&) = delete;
    any_value& operator=(const any_value&) = delete;
    virtual ~any_value() = default;

    std::atomic<std::size_t> owners{1};
    const void* const type;
    any_value* next = nullptr;
  };

  /// A type is known by this address: not constant, since a linker may fold equal constants into one.
  template <class T>
  static inline char type_key = 0;

  template <class T>
  struct value_of final : any_value {
    explicit value_of(T given) : any_value(&type_key<T>), value(std::move(given)) {}
    const T value;
  };

  any_value* release() noexcept { return std::exchange(nearest_, nullptr); }

  any_value* nearest_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE
