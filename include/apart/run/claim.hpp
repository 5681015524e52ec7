#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <apart/detail/refuse_empty.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/claim_handlers.hpp>
#include <apart/run/detail/claim_journal.hpp>
#include <apart/run/detail/own_journals.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE

/// Something outside of the process that has to go when the run ends, however it ends: a schema, a bucket, a queue.
///
///     static apart::claim_handler schemas{"schema", [](std::string_view name) { drop_schema_if_exists(name); }};
///     ...
///     apart::claim mine("schema", name);   // from here on it is cleaned up, also after kill -9
///     create_schema(name);
///     ...
///     drop_schema(name);
///     mine.release();                      // from here on it is not
///
/// Purpose: the intent is on disk before the constructor returns, so that no moment is left in which the resource is
/// there and nobody knows of it. Scope: the run on this machine. Owner: one object in one process. Moving moves the
/// claim; a moved-from object does nothing. A forked child's copy does nothing, and what the child claims is its own.
/// Destruction: an object that is destroyed without `release()`, or assigned over, gives the resource to the run. It is
/// cleaned up at the normal end of this process, the newest first, before what the process had made before its first
/// claim is destroyed; so a claim at namespace scope stands below its handler. A launcher's worker leaves it as if it had
/// been killed. In a set-up of a `per_run` it belongs to that: it is cleaned up after its tear-down, and all other claims before.
/// Crash: what a process leaves that was killed, or ended by `_exit`, is cleaned up by the next process of its run that
/// ends normally, by the launcher at the end of the run, or by the next run, of these that use a lock, a claim or a set-up
/// of a run, whichever comes first; from each process the newest first, each exactly once unless a cleaner is killed. A crash of the machine
/// may take the journal with it.
/// Identity: the name says which one is meant for as long as the journal may live. What can be taken by another later
/// (a process id, a port) needs more in its name: when it was made, or a `unique_name`.
/// Threads: distinct objects from any; one object from one at a time. Cancellation: nothing waits.
/// Errors: `apart::error` for an empty kind or name, for a kind with two handlers (with both places), and where the
/// journal cannot be written: then create nothing. A record that cannot be read is skipped and reported.
class [[nodiscard]] claim {
 public:
  /// Any bytes, but not none. Both stand in a file that only this user may read: no secrets in them all the same.
  [[nodiscard]] claim(std::string_view kind, std::string_view name) {
    const std::string resource = detail::record_word(kind) + ' ' + detail::record_word(name);
    if (kind.empty() || name.empty()) detail::raise(error("claim of '" + resource + "': give it a kind and a name"));
    detail::claim_handler_registry::instance().find(kind);
    detail::own_journal& journal = detail::journal_for_claim(detail::coordination_directory());
    text_ = std::to_string(++journal.claims) + ' ' + resource;
    write(journal, '+');
    journal_ = &journal;
  }

  claim(claim&& other) noexcept
      : journal_(std::exchange(other.journal_, nullptr)), text_(std::exchange(other.text_, {})) {}
  claim& operator=(claim&& other) noexcept {
    claim taken(std::move(other));
    std::swap(journal_, taken.journal_);
    std::swap(text_, taken.text_);
    return *this;
  }
  ~claim() = default;

  /// For when the resource is gone: nobody cleans it up any more. The second time does nothing, nor does it after the
  /// clean-up at the end of the process. Where the journal cannot be written the claim stays, and with it the error.
  void release() {
    if (journal_ == nullptr) return;
    if (journal_->is_current()) write(*journal_, '-');
    journal_ = nullptr;
  }

 private:
  void write(detail::own_journal& journal, char verb) const {
    const detail::fault failed = journal.append(verb, text_);
    if (failed) detail::raise(error("claim of " + text_.substr(text_.find(' ') + 1) + ": " + failed.text));
  }

  detail::own_journal* journal_ = nullptr;  // null: it claims nothing
  std::string text_;
};

/// How claims of one kind are cleaned up that nobody has released.
///
/// Scope: the program. Stands at namespace scope; while it lives it is registered for its kind. What cleans up another
/// process's claims has to have the handler, too: where it has not, the claim stays, and is reported by kind and name.
/// The function: removes what has that name, and does nothing where there is none: it may run for a resource that was
/// never created, and again if the process that ran it was killed. Tried three times when it throws, then reported; the
/// claim stays for a later process. It runs in a process of this run or of another one, on any thread, also while that
/// process joins its run: it must make no claims and ask for no directory, lock or set-up of a run.
class [[nodiscard]] claim_handler {
 public:
  /// `kind` must live as long as the handler: a string literal. `file` and `line` are for error messages.
  [[nodiscard]] claim_handler(const char* kind, void (*clean_up)(std::string_view name),
                              const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : entry_{kind, clean_up, file, line} {
    detail::refuse_empty(clean_up, "claim_handler");
    if (kind == nullptr) {
      detail::raise(error("the claim_handler at " + entry_.where() + " has no kind; give it one"));
    }
    detail::claim_handler_registry::instance().add(&entry_);
  }

  ~claim_handler() { detail::claim_handler_registry::instance().remove(&entry_); }
  claim_handler(const claim_handler&) = delete;
  claim_handler& operator=(const claim_handler&) = delete;

 private:
  const detail::claim_handler_entry entry_;
};

APART_END_NAMESPACE
