#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_lock.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/fork.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/claim_journal.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The journal that one process writes. Never destroyed: claims may refer to it until the process is gone.
struct own_journal {
  std::string path;
  descriptor file;
  file_lock lock;
  process_owner owner;
  std::atomic<bool> ended{false};
  std::atomic<std::uint64_t> claims{0};
  const own_journal* former = nullptr;  ///< a forked child's parent's, and what was left before

  bool is_current() const noexcept { return owner.is_this_process() && !ended.load(std::memory_order_relaxed); }

  fault append(char verb, const std::string& claim) {
    return system_fault(write_all(file, claim_record(verb, claim)), "cannot write to '" + path + "'");
  }
};

/// This process's journals of one kind: one, which is made when it first claims, and another if it claims after that one
/// was left. The object stands at namespace scope, is initialised before anything runs, and needs no destructor. Threads: any.
class own_journals {
 public:
  constexpr explicit own_journals(const char* name) noexcept : name_(name) {}

  own_journal& journal(const std::string& run_directory) {
    own_journal* last = last_.load(std::memory_order_acquire);
    if (last != nullptr && last->is_current()) return *last;
    auto made = std::make_unique<own_journal>();
    raise_if(make(run_directory + name_, *made));
    do {
      if (last != nullptr && last->is_current()) {
        remove_file(made->path);
        return *last;
      }
      made->former = last;
    } while (!last_.compare_exchange_weak(last, made.get(), std::memory_order_acq_rel));
    return *made.release();
  }

  /// Cleans up what this process has claimed and not released.
  void clean() {
    const own_journal* const last = last_.load(std::memory_order_acquire);
    if (last != nullptr && last->is_current()) clean_open_claims(last->path);
  }

  /// Leaves to others what is open still.
  void leave() {
    own_journal* const last = last_.load(std::memory_order_acquire);
    if (last == nullptr || !last->is_current()) return;
    last->ended.store(true);
    std::string text;
    if (read_file(last->path, text) == 0 && read_journal(text).open.empty()) remove_file(last->path);
    last->lock.close();
  }

 private:
  /// A cleaner that is faster than the lock takes the new file for one that can go: then another name is drawn.
  static fault make(const std::string& directory, own_journal& made) {
    int code = make_private_directory(directory);
    if (code == EEXIST) code = 0;
    while (code == 0) {
      made.path = directory + '/' + random_file_part();
      code = made.lock.open(made.path);
      if (code == 0 && made.lock.try_lock(lock_mode::exclusive, code) && made.lock.has_its_name()) {
        code = open_private_file(made.path, made.file);
        if (code == 0) return {};
      }
    }
    return system_fault(code, "cannot make a journal of claims in '" + directory + "'");
  }

  const char* name_;
  std::atomic<own_journal*> last_{nullptr};
};

inline own_journals journals_of_this_process{claims_name};
inline own_journals set_up_journals_of_this_process{set_up_claims_name};

inline std::atomic<own_journal*> journal_of_shared_set_up{nullptr};
inline std::atomic<const own_journal*> journals_of_shared_set_ups{nullptr};  ///< all that this process has had
inline std::atomic<int> local_set_ups_that_run{0};

/// What the process claims meanwhile belongs to a set-up that its run shares, and goes into the new file `path`.
class shared_set_up_claims {
 public:
  explicit shared_set_up_claims(const std::string& path) {
    auto made = std::make_unique<own_journal>();
    made->path = path;
    raise_if(system_fault(make_private_file(path, made->file), "cannot make the journal of claims '" + path + "'"));
    made->former = journals_of_shared_set_ups.load();
    while (!journals_of_shared_set_ups.compare_exchange_weak(made->former, made.get())) {
    }
    before_ = journal_of_shared_set_up.exchange(made.release());
  }
  ~shared_set_up_claims() { journal_of_shared_set_up.store(before_); }
  shared_set_up_claims(const shared_set_up_claims&) = delete;
  shared_set_up_claims& operator=(const shared_set_up_claims&) = delete;

 private:
  own_journal* before_ = nullptr;
};

/// What the process claims meanwhile belongs to the set-ups that it runs for itself.
class local_set_up_claims {
 public:
  local_set_up_claims() noexcept { ++local_set_ups_that_run; }
  ~local_set_up_claims() { --local_set_ups_that_run; }
  local_set_up_claims(const local_set_up_claims&) = delete;
  local_set_up_claims& operator=(const local_set_up_claims&) = delete;
};

/// Where a claim that is made now is to be written.
inline own_journal& journal_for_claim(const std::string& run_directory) {
  own_journal* const shared = journal_of_shared_set_up.load();
  if (shared != nullptr && shared->is_current()) return *shared;
  return (local_set_ups_that_run.load() > 0 ? set_up_journals_of_this_process : journals_of_this_process)
      .journal(run_directory);
}

}  // namespace detail
APART_END_NAMESPACE
