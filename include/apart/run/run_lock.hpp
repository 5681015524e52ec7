#pragma once

#include <string_view>

#include <apart/context/context.hpp>
#include <apart/detail/file_lock.hpp>
#include <apart/run/detail/named_lock.hpp>

APART_BEGIN_NAMESPACE

/// Keeps every other process and thread of the run away from what the name stands for: a table, a device, a fixed port.
///
///     const apart::run_lock lock("the licence server");
///
/// Scope: the run on this machine; runs do not lock each other out. Any text but the empty one is a name; what shares it
/// is locked together with `shared_run_lock`. Owner: one object; it belongs to the thread that made it, wherever it is
/// moved. A thread that locks what it holds, in either way, gets an error in place of a deadlock. Moving moves the lock;
/// a moved-from object does nothing.
/// Waits in the kernel, first come, first served among those who wait; who shares cannot keep out who does not. A wait
/// ends with its context: `cancelled_error`, which names who holds the lock and what the waiting thread holds itself, so
/// that two locks in opposite order show both sides.
/// Destruction: releases. Crash: the kernel releases, once it has closed what the process had open, and nothing has to
/// be swept; Windows does so some time after the end. A stopped process keeps its locks. Fork: a child holds nothing, and its copy of the object does nothing; it
/// may lock by itself. A child by raw clone or _Fork keeps the parent's lock held while it lives. Exec: not inherited.
/// Threads: any. Errors: `apart::error` where the system refuses the file or the lock, with the path. Lock files stay
/// while the run lives.
class [[nodiscard]] run_lock {
 public:
  [[nodiscard]] explicit run_lock(std::string_view name, const context& waiting = context::current())
      : hold_(name, detail::lock_mode::exclusive, waiting) {}

 private:
  detail::lock_hold hold_;
};

/// The same, but for those who may do it at the same time: it keeps out `run_lock`s of that name, and is kept out by
/// them alone.
class [[nodiscard]] shared_run_lock {
 public:
  [[nodiscard]] explicit shared_run_lock(std::string_view name, const context& waiting = context::current())
      : hold_(name, detail::lock_mode::shared, waiting) {}

 private:
  detail::lock_hold hold_;
};

APART_END_NAMESPACE
