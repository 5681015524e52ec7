#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

#include <apart/process/detail/process_objects.hpp>

APART_BEGIN_NAMESPACE

/// An object that each process builds for itself, when it first needs it: a client, a connection, a logger.
///
///     static apart::per_process<client> db{[] { return client(*database); }};
///     ...
///     db->query("select 1");   // in every process, in every thread
///
/// Scope: the process. Static: at namespace scope, a static member or a static local. It is never destroyed itself, and
/// it is constant-initialised, so that any static initialiser may use it. Another one is `apart::error` when it is used.
/// Shared objects: one that is `inline` in a header is one for the whole program only where its symbol is visible; with
/// hidden visibility each shared object has its own, and builds its own. A shared object that builds is never unloaded.
/// Owner: the process that built the object. It is built once, however many threads ask; the others wait.
/// Destruction: at normal exit, in reverse order of construction, among the static objects where it was built, or by
/// `finalize_process`; not after _exit or a crash. T's destructor must not throw. Used after that it is an error, never built again.
/// Fork: the child builds its own when it asks. The parent's is not destroyed there, and a reference taken before the
/// fork keeps meaning (the child's copy of) it. Works while other threads of the parent build. Raw clones: not supported.
/// A handler that a program gives to pthread_atfork before the library is loaded must not wait for a thread that builds.
/// Errors: a `make` that throws gives `apart::error` with its text, this place and the worker; the next who asks tries
/// again. Objects whose makes need each other in a circle: `apart::error` with the path, in one thread or in several. A
/// `make` that waits for a thread of its own which asks for the same object waits for ever.
/// Threads: any. Access to a built object costs one load.
template <class T>
class per_process : private detail::process_slot {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "per_process<T>: T must be an object type");

 public:
  /// `make` is called in each process that needs the object. `file` and `line` are for error messages.
  [[nodiscard]] constexpr explicit per_process(T (*make)(), const char* file = __builtin_FILE(),
                                               int line = __builtin_LINE()) noexcept
      : process_slot(file, line), make_(make) {}

  per_process(const per_process&) = delete;
  per_process& operator=(const per_process&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;

  [[nodiscard]] T& operator*() {
    void* const known = address_.load(std::memory_order_acquire);
    return *static_cast<T*>(known != nullptr ? known : detail::process_objects::instance().obtain(*this, &build));
  }
  [[nodiscard]] T* operator->() { return std::addressof(**this); }

 private:
  struct built final : detail::process_object {
    explicit built(T (*make)()) : value(make()) {}
    T value;
    static_assert(std::is_nothrow_destructible_v<T>,
                  "per_process<T>: nobody is there to catch what T's destructor throws");
  };

  static detail::process_object* build(detail::process_slot& slot, void*& address) {
    auto* const made = new built(static_cast<per_process&>(slot).make_);
    address = const_cast<std::remove_cv_t<T>*>(std::addressof(made->value));
    return made;
  }

  T (*make_)();
};

/// Destroys what this process has built for itself, in reverse order of construction; in a forked child, what the child
/// has built. For a process that does not end by returning from main or by exit, where it happens by itself. Other
/// threads that call it wait for the destructor that runs, and go on with the next object.
inline void finalize_process() {
  while (detail::process_objects::instance().destroy_newest()) {
  }
}

template <class Make>
per_process(Make) -> per_process<std::invoke_result_t<Make>>;

APART_END_NAMESPACE
