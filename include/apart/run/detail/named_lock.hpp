#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/context/detail/raise_cancelled.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/detail/file_lock.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/one_line.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/detail/shared_page.hpp>
#include <apart/detail/stable_hash.hpp>
#include <apart/detail/waits.hpp>
#include <apart/error.hpp>
#include <apart/process/detail/process_label.hpp>
#include <apart/run/detail/lock_wait.hpp>
#include <apart/run/run_directory.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What stands in the file of a lock, for all processes of the run. Who was killed while it waited is counted on: then
/// the gate is passed by all, which costs two calls of the system and nothing else.
struct lock_page {
  std::atomic<std::uint32_t> waiting;  ///< how many may be waiting
  char holder[240];                    ///< who got it last, for people
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

/// A name that is locked in the run, as this process sees it. Two locks between processes, of two kinds on one file: who
/// has to wait for the lock itself waits at its gate first, exclusively, so that those who share it cannot keep out one
/// who does not. Threads of the process queue up, first come, first served; the first one alone asks the kernel.
///
/// Never destroyed: the names of a run are few. A forked child holds nothing, and opens the file anew.
class named_lock {
 public:
  static named_lock& of(std::string_view name) {
    const program_lock lock(program_mutex());
    const auto known = table().find(name);
    if (known != table().end()) return known->second;
    const std::string text(name);
    return table().try_emplace(text, text).first->second;
  }

  /// For the table that `of` looks into: no other stands for the name.
  explicit named_lock(std::string name) : name_(std::move(name)) {}

  void acquire(lock_mode mode, const context& waiting) {
    const auto now = context_access::node(context::current());
    place mine(*this, mode);
    if (!mine.may_enter_at_once()) wait_for_turn(mine, waiting);
    open_files();
    int code = 0;
    if (page_->waiting.load() == 0 && take_now(mine, *now, code)) return;
    if (code == 0) take_in_turn(mine, *now, waiting, code);
    if (code != 0) raise_system(code, label() + ": cannot lock a file in '" + coordination_directory() + "'");
  }

  /// Of the thread that acquired it.
  void release(std::thread::id holder) noexcept {
    const program_lock lock(program_mutex());
    const auto found = std::find(holders_.begin(), holders_.end(), holder);
    if (found == holders_.end()) return;
    holders_.erase(found);
    exclusive_ = false;
    if (holders_.empty()) main_.unlock();
    changed_.notify_all();
  }

 private:
  using table_type = std::map<std::string, named_lock, std::less<>>;

  /// In the queue of the process.
  class place {
   public:
    place(named_lock& lock, lock_mode mode) : lock_(lock), mode_(mode) { at_once_ = lock_.enter_queue(*this); }
    ~place() {
      if (!queued_) return;
      const program_lock lock(program_mutex());
      leave();
    }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    bool may_enter() const noexcept {
      return lock_.queue_.front() == this &&
             (mode_ == lock_mode::exclusive ? lock_.holders_.empty() : !lock_.exclusive_);
    }
    bool may_enter_at_once() const noexcept { return at_once_; }
    lock_mode mode() const noexcept { return mode_; }

    /// With `program_mutex` held.
    void leave() {
      auto& queue = lock_.queue_;
      queue.erase(std::remove(queue.begin(), queue.end(), this), queue.end());
      lock_.changed_.notify_all();
      queued_ = false;
    }

   private:
    named_lock& lock_;
    const lock_mode mode_;
    bool at_once_ = false;
    bool queued_ = true;
  };

  /// Counted among those who wait.
  class waiting_mark {
   public:
    waiting_mark(lock_page& page, const std::string& what) : page_(page), noted_(what) { page_.waiting.fetch_add(1); }
    ~waiting_mark() { page_.waiting.fetch_sub(1); }

   private:
    lock_page& page_;
    const wait_scope noted_;
  };

  static table_type& table() {
    static auto* const all = new table_type;
    return *all;
  }

  std::string label() const { return "run_lock \"" + one_line(name_) + "\""; }

  bool is_held_by_this_thread() const noexcept {
    for (const std::thread::id holder : holders_) {
      if (holder == std::this_thread::get_id()) return true;
    }
    return false;
  }

  /// Whether it is its turn already.
  bool enter_queue(place& mine) {
    program_lock lock(program_mutex());
    if (!owner_.is_this_process()) begin_anew();
    if (is_held_by_this_thread()) {
      lock.unlock();
      raise(error(label() + " is held by this thread already, and would wait for itself; release it first"));
    }
    queue_.push_back(&mine);
    holders_.reserve(holders_.size() + queue_.size());  // who has got it finds a place
    return mine.may_enter();
  }

  void begin_anew() {
    queue_.clear();
    holders_.clear();
    exclusive_ = false;
    opened_ = false;
    owner_ = process_owner();
  }

  void wait_for_turn(const place& mine, const context& waiting) {
    bool entered = false;
    {
      const on_cancel wake(waiting, [this] {
        const program_lock lock(program_mutex());
        changed_.notify_all();
      });
      program_lock lock(program_mutex());
      changed_.wait(lock, [&] { return mine.may_enter() || waiting.cancelled(); });
      entered = mine.may_enter();
    }
    if (!entered) refuse(waiting);
  }

  /// By the first in the queue: what is not open, at first, in a forked child, or after a wait that was given up.
  void open_files() {
    if (opened_ && main_.is_open() && gate_.is_open()) return;
    const std::string path = coordination_directory() + "/l-" + base32(stable_hash(name_), 12);
    shared_page<lock_page> page;
    int code = opened_ ? 0 : page.open(path);
    if (code == 0 && !main_.is_open()) code = main_.open(path);
    if (code == 0 && !gate_.is_open()) code = gate_.open(path, {0, 1});
    if (code != 0) raise_system(code, label() + ": cannot open '" + path + "'");
    const program_lock lock(program_mutex());
    if (!std::exchange(opened_, true)) page_ = std::move(page);
  }

  /// False: it is held, or `code` is an error number.
  bool take_now(place& mine, const context_node& holder, int& code) {
    return join_shared(mine, holder) || (main_.try_lock(mine.mode(), code) && hold(mine, holder));
  }

  void take_in_turn(place& mine, const context_node& holder, const context& waiting, int& code) {
    const waiting_mark mark(*page_, label());
    bool taken = wait_for_lock(gate_, lock_mode::exclusive, waiting, code);
    if (taken) {
      taken = join_shared(mine, holder) || (wait_for_lock(main_, mine.mode(), waiting, code) && hold(mine, holder));
      gate_.unlock();
    }
    if (!taken && code == 0) refuse(waiting);
  }

  /// Where other threads of the process share it.
  bool join_shared(place& mine, const context_node& holder) {
    if (mine.mode() == lock_mode::exclusive) return false;
    const program_lock lock(program_mutex());
    if (holders_.empty()) return false;
    note(mine, holder);
    return true;
  }

  bool hold(place& mine, const context_node& holder) {
    const program_lock lock(program_mutex());
    exclusive_ = mine.mode() == lock_mode::exclusive;
    note(mine, holder);
    return true;
  }

  /// With `program_mutex` held: it has what it waited for.
  void note(place& mine, const context_node& holder) {
    holders_.push_back(std::this_thread::get_id());
    mine.leave();
    std::string text = process();
    const context_node* const owner = owner_of(holder);
    const bool is_process = owner != nullptr && owner->parent() == process_contexts::instance().run.get();
    if (owner != nullptr && !is_process) text += " in " + label_of(*owner);
    if (!exclusive_) text += ", shared, perhaps with others";
    text.resize((std::min)(text.size(), sizeof page_->holder - 1));
    std::memcpy(page_->holder, text.c_str(), text.size() + 1);
  }

  /// "worker 2 (process 4711)"
  const std::string& process() {
    if (!named_.is_this_process() || process_.empty()) {
      process_ = process_label();
      named_ = process_owner();
    }
    return process_;
  }

  [[noreturn]] void refuse(const context& waiting) {
    std::string what = label() + ": " + describe_end(*context_access::node(waiting));
    {
      const program_lock lock(program_mutex());
      const std::string here = "another thread of this process";
      if (opened_) what += "; held by " + (holders_.empty() ? std::string(page_->holder) : here);
      const char* before = "; this thread holds \"";
      for (const auto& [name, other] : table()) {
        if (!other.is_held_by_this_thread()) continue;
        what += std::exchange(before, ", \"") + one_line(name) + "\"";
      }
    }
    raise_cancelled(waiting, what);
  }

  const std::string name_;
  process_owner owner_;
  std::vector<const place*> queue_;
  std::vector<std::thread::id> holders_;
  bool exclusive_ = false;
  bool opened_ = false;
  waiting_threads changed_;
  whole_file_lock main_;
  file_lock gate_;
  shared_page<lock_page> page_;
  std::string process_;
  process_owner named_;
};

/// A lock of that name for as long as this object lives.
class lock_hold {
 public:
  lock_hold(std::string_view name, lock_mode mode, const context& waiting) {
    if (name.empty()) raise(error("run_lock: its name is empty; give each thing that is locked a name"));
    named_lock& lock = named_lock::of(name);
    lock.acquire(mode, waiting);
    lock_ = &lock;
  }
  lock_hold(lock_hold&& other) noexcept
      : lock_(std::exchange(other.lock_, nullptr)), holder_(other.holder_), owner_(other.owner_) {}
  lock_hold& operator=(lock_hold&& other) noexcept {
    lock_hold taken(std::move(other));
    std::swap(lock_, taken.lock_);
    std::swap(holder_, taken.holder_);
    std::swap(owner_, taken.owner_);
    return *this;
  }
  ~lock_hold() {
    if (lock_ != nullptr && owner_.is_this_process()) lock_->release(holder_);
  }

 private:
  named_lock* lock_ = nullptr;
  std::thread::id holder_ = std::this_thread::get_id();
  process_owner owner_;
};

}  // namespace detail
APART_END_NAMESPACE
