#pragma once

#include <atomic>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <apart/context/detail/process_contexts.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/random.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE

/// Which of the processes of a run this one is. Total: a process that nobody numbered is 0 of 1.
struct worker {
  std::string run_id;  ///< equal in all processes of a run, different between runs
  unsigned index = 0;  ///< 0-based, below `count`; never the same in two processes that live at the same time
  unsigned count = 1;
  std::string source;  ///< who said so: "launcher", "keeper" (its process for set-ups), "environment" or "alone"
};

/// This process's place in its run.
///
/// Source: `APART_RUN_ID` (any text but the empty one), `APART_WORKER` (0-based) and `APART_WORKERS`. The last two go
/// together. Without `APART_RUN_ID` the process is a run of its own and draws a random id.
/// Scope: the process. The environment is read at the first call that succeeds, and never again; a forked child is the
/// same worker as its parent.
/// Threads: any. Usable from static initialisers and destructors: what it refers to is never destroyed.
/// Errors: `apart::error` that names the variable and its value when one is malformed or contradicts another.
[[nodiscard]] inline const worker& this_worker();

namespace detail {

inline constexpr const char* run_id_variable = "APART_RUN_ID";
inline constexpr const char* worker_variable = "APART_WORKER";
inline constexpr const char* workers_variable = "APART_WORKERS";

[[noreturn]] inline void raise_bad_variable(const char* name, const char* value, const std::string& what_is_wrong) {
  raise(error(std::string(name) + "='" + value + "' " + what_is_wrong));
}

/// The variable as a number: decimal digits and nothing else.
inline unsigned number_in_variable(const char* name, const char* value) {
  const std::string_view text(value);
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure == std::errc::result_out_of_range) raise_bad_variable(name, value, "is too large a number of a worker");
  if (failure != std::errc() || end != text.data() + text.size()) {
    raise_bad_variable(name, value, "is not a number: give decimal digits only, or unset it");
  }
  return number;
}

inline std::string random_run_id() {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, random_bits());
  return text;
}

/// What the environment says at this moment.
inline worker read_worker() {
  const char* const run_id = std::getenv(run_id_variable);
  const char* const index = std::getenv(worker_variable);
  const char* const count = std::getenv(workers_variable);

  worker read;
  if (index != nullptr && count == nullptr) {
    raise_bad_variable(worker_variable, index, "stands without APART_WORKERS: set both or neither");
  }
  if (index == nullptr && count != nullptr) {
    raise_bad_variable(workers_variable, count, "stands without APART_WORKER: set both or neither");
  }
  if (index != nullptr) {
    read.index = number_in_variable(worker_variable, index);
    read.count = number_in_variable(workers_variable, count);
    if (read.count == 0) raise_bad_variable(workers_variable, count, "is no number of workers: it must be 1 at least");
    if (read.index >= read.count) {
      raise_bad_variable(worker_variable, index,
                         std::string("is not below APART_WORKERS='") + count + "': workers count from 0");
    }
  }
  if (run_id != nullptr && *run_id == '\0') {
    raise_bad_variable(run_id_variable, run_id, "is empty: give each run a text of its own, or unset it");
  }
  read.run_id = run_id != nullptr ? run_id : random_run_id();

  if (launched_as().is_worker()) {
    read.source = "launcher";
  } else if (launched_as().is_keeper()) {
    read.source = "keeper";
  } else {
    read.source = run_id != nullptr || index != nullptr ? "environment" : "alone";
  }
  return read;
}

/// Published once and left to the system at exit, without a lock that a fork could leave taken.
inline std::atomic<const worker*> known_worker{nullptr};

inline const worker& publish_worker() {
  auto read = std::make_unique<const worker>(read_worker());
  const worker* first = nullptr;
  if (known_worker.compare_exchange_strong(first, read.get(), std::memory_order_acq_rel, std::memory_order_acquire)) {
    const worker& published = *read.release();
    if (published.source == "keeper") {
      process_contexts::instance().name_process("keeper");
    } else if (published.count > 1) {
      process_contexts::instance().name_process("worker " + std::to_string(published.index));
    }
    return published;
  }
  return *first;
}

}  // namespace detail

inline const worker& this_worker() {
  const worker* const known = detail::known_worker.load(std::memory_order_acquire);
  return known != nullptr ? *known : detail::publish_worker();
}

APART_END_NAMESPACE
