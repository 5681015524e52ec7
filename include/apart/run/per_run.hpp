#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include <apart/context/context.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/detail/refuse_empty.hpp>
#include <apart/detail/type_name.hpp>
#include <apart/run/detail/set_up.hpp>
#include <apart/run/payload_traits.hpp>

APART_BEGIN_NAMESPACE

/// Who shares what a `per_run` sets up where a run is spread over machines (see launch/machines.hpp). On one machine both
/// are the same.
enum class scope {
  run,     ///< all processes of the run: a database, a schema, a credential
  machine  ///< those of one machine: a server that is reached by 127.0.0.1, a file
};

/// Infrastructure that is set up once for all processes of a run: a server, a schema, a credential.
///
///     static apart::per_run database{"database", [] { return start_postgres(); },
///                                    [](const std::string& url) { stop_postgres(url); }};
///     ...
///     client c(*database);   // the same url in every process
///
/// Scope: the run. Stands at namespace scope, so that the process that sets it up has it too: the launcher refuses another
/// one; without it, what is set up in a function is torn down where the object goes. A name stands once in a program.
/// Programs of one run share it where it is the same declaration (name, file and line), compiled alike. The set-up runs
/// when first asked for, never otherwise, and never while tests are only listed.
/// Where: under the launcher in the keeper, a process of its own that runs no tests, so that no test can crash it. Without,
/// in the process that asks first; the others of the run join it (see `this_worker` for who they are). Everyone blocks
/// until it has returned, and gets the same payload.
/// Over machines: `scope::run` is set up on the machine that asks first, and torn down there when all others have ended
/// what they had set up on it; where that machine has died, by the last that needs it. `scope::machine` is set up on each.
/// Payload: what travels between the processes (`payload_traits`); each decodes it once. It may be a credential: it goes
/// through sockets, or a file of mode 0600 that goes with the set-up, between machines through the coordinator's table;
/// never into a log.
/// Errors: a set-up that throws fails everyone who asks, with its text, one whose process dies with how it died: under the
/// launcher for the rest of the run, without until everyone who asked has ended. A cycle of set-ups, also across
/// processes, is an error that shows the path.
/// Tear-down: once, in reverse order, also after failures: by the keeper when every worker has gone; without the launcher
/// by the last process to leave that has asked, at its normal end. Where these were killed, the next process of the run
/// that asks does it, before it sets up anew; where none does, the next run cleans up what the set-up has claimed (see
/// `claim`: that belongs to the set-up, not to its process) and reports it. When the process that runs it is killed it
/// runs again, so it must be idempotent. What it throws is reported and fails the run, or the process.
/// Threads: any; a process asks for one set-up after the other, and what runs one is not ended by its own context. In a
/// set-up only its own thread may ask for another one: what a thread asks for that it starts, and waits for, never comes.
/// Fork: a child reads what its parent has read; it sets nothing up and tears nothing down; one that comes
/// out of a set-up is ended. Cancellation: a wait ends with its context (`cancelled_error`); the set-up goes on for the
/// others. `exec`, `_exit` and a kill end a process's part without a tear-down.
template <class T = std::string>
class per_run : private detail::set_up_entry {
  static_assert(!std::is_void_v<T>,
                "apart: the set-up of a per_run returns what the processes share; return 0 or \"\" for nothing");

 public:
  /// `name` must live as long as the object: a string literal. `file` and `line` tell declarations apart.
  [[nodiscard]] per_run(const char* name, T (*set_up)(), void (*tear_down)(const T&) = nullptr,
                        scope shared_by = scope::run, const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : detail::set_up_entry(name, &set_up_bytes, tear_down == nullptr ? nullptr : &tear_down_bytes,
                             std::to_string(sizeof(T)) + ' ' + std::string(detail::type_name<T>()),
                             shared_by == scope::machine, file, line),
        set_up_(set_up),
        tear_down_(tear_down) {
    detail::refuse_empty(set_up, "per_run");
  }

  template <class SetUp, class TearDown>
  [[nodiscard]] per_run(const char* name, SetUp set_up, TearDown tear_down, scope shared_by = scope::run,
                        const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : per_run(name, static_cast<T (*)()>(set_up), static_cast<void (*)(const T&)>(tear_down), shared_by, file, line) {
  }

  ~per_run() { detail::end_set_up(*this); }

  /// The payload, after the set-up where nobody has run it. The reference is good for as long as the object is there.
  [[nodiscard]] const T& get(const context& waiting = context::current()) {
    if (const T* known = known_.load(std::memory_order_acquire)) return *known;
    const std::string bytes = detail::payload_of(*this, waiting);
    auto decoded = std::make_unique<const T>(payload_traits<T>::decode(bytes));
    const detail::program_lock lock(detail::program_mutex());
    if (value_ == nullptr) value_ = std::move(decoded);
    known_.store(value_.get(), std::memory_order_release);
    return *value_;
  }

  [[nodiscard]] const T& operator*() { return get(); }
  const T* operator->() { return &get(); }

 private:
  static std::string set_up_bytes(const detail::set_up_entry& entry) {
    return payload_traits<T>::encode(static_cast<const per_run&>(entry).set_up_());
  }
  static void tear_down_bytes(const detail::set_up_entry& entry, std::string_view bytes) {
    static_cast<const per_run&>(entry).tear_down_(payload_traits<T>::decode(bytes));
  }

  T (*set_up_)();
  void (*tear_down_)(const T&);
  std::unique_ptr<const T> value_;
  std::atomic<const T*> known_{nullptr};
};

template <class SetUp>
per_run(const char*, SetUp) -> per_run<std::decay_t<std::invoke_result_t<SetUp>>>;
template <class SetUp, class TearDown>
per_run(const char*, SetUp, TearDown) -> per_run<std::decay_t<std::invoke_result_t<SetUp>>>;
template <class SetUp, class TearDown>
per_run(const char*, SetUp, TearDown, scope) -> per_run<std::decay_t<std::invoke_result_t<SetUp>>>;

APART_END_NAMESPACE
