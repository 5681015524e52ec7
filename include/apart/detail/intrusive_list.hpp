#pragma once

#include <cstdint>

#include <apart/detail/fork.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What an element of an `intrusive_list` derives from. In one list at most.
template <class T>
class list_hook {
 public:
  bool listed() const noexcept { return link_ != nullptr; }
  /// The element after it; null at the end.
  T* next() const noexcept { return next_; }

 private:
  template <class>
  friend class intrusive_list;

  T* next_ = nullptr;
  T** link_ = nullptr;  // what points to this one; null while in no list
};

/// A list that owns nothing, allocates nothing, and adds and erases in constant time. Not for two threads at once.
template <class T>
class intrusive_list {
 public:
  T* first() const noexcept { return first_; }

  void push_front(T& added) noexcept {
    added.next_ = first_;
    added.link_ = &first_;
    if (first_ != nullptr) first_->link_ = &added.next_;
    first_ = &added;
  }

  static void erase(T& gone) noexcept {
    *gone.link_ = gone.next_;
    if (gone.next_ != nullptr) gone.next_->link_ = gone.link_;
    forget(gone);
  }

  /// For an element whose neighbours must not be touched any more.
  static void forget(T& gone) noexcept {
    gone.next_ = nullptr;
    gone.link_ = nullptr;
  }

 private:
  T* first_ = nullptr;
};

/// The same for elements that may stand on a thread's stack. In a forked child it is empty: the threads of the parent,
/// and with them what they had listed, are not there, and their stacks may be used again.
template <class T>
class process_list {
 public:
  struct hook : list_hook<T> {
    std::uint64_t process = 0;  ///< the one that listed it
  };

  T* first() const noexcept { return process_ == process_generation() ? elements_.first() : nullptr; }

  void push_front(T& added) noexcept {
    if (process_ != process_generation()) *this = process_list();
    added.process = process_ = process_generation();
    elements_.push_front(added);
  }

  /// Of an element that is listed, by this process or by its parent.
  static void erase(T& gone) noexcept {
    if (gone.process == process_generation()) {
      intrusive_list<T>::erase(gone);
    } else {
      intrusive_list<T>::forget(gone);
    }
  }

 private:
  intrusive_list<T> elements_;
  std::uint64_t process_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE
