#pragma once

#include <atomic>
#include <cstdlib>
#include <string>
#include <utility>

#include <apart/detail/fork.hpp>
#include <apart/detail/image.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/error.hpp>
#include <apart/process/worker.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// " in worker 2 of 4", or nothing where the environment does not even tell that.
inline std::string in_this_worker() {
  std::string text;
  attempt(
      [&text] {
        const worker& here = this_worker();
        text = " in worker " + std::to_string(here.index) + " of " + std::to_string(here.count);
      },
      [](const char*) {});
  return text;
}

/// An object that a process has built. Owned by the list of its process; in a forked child its copy is kept, since
/// references to it may be, and never destroyed.
class process_object {
 public:
  process_object() = default;
  process_object(const process_object&) = delete;
  process_object& operator=(const process_object&) = delete;
  virtual ~process_object() = default;

 private:
  friend class process_objects;
  process_object* before_ = nullptr;  // built before this one
  class process_slot* slot_ = nullptr;
};

/// What a `per_process` is whatever its type. Constant-initialised, trivially destructible; what changes is guarded by
/// `program_mutex`, but for the pointer.
class process_slot {
 public:
  constexpr process_slot(const char* file, int line) noexcept : file_(file), line_(line) {}

 protected:
  /// Where the object is; null while there is none in this process.
  std::atomic<void*> address_{nullptr};

 private:
  friend class process_objects;
  enum class state : unsigned char { absent, in_making, built, destroyed };

  std::string where() const { return std::string("per_process at ") + file_ + ":" + std::to_string(line_); }

  const char* file_;
  int line_;
  state state_ = state::absent;
  bool known_ = false;  // in the list of slots that a fork resets
  process_slot* next_known_ = nullptr;
  const void* maker_ = nullptr;       // identifies the thread that makes it,
  process_slot* outer_ = nullptr;     // the slot which that thread was making before,
  process_slot* asks_for_ = nullptr;  // and the one that it needs to get on
};

/// The slot whose `make` runs on this thread, the innermost. Its address stands for the thread, also in a forked child.
inline thread_local process_slot* slot_in_making = nullptr;

/// All that this process builds for itself. Never destroyed itself: static destructors may still use it.
class process_objects {
 public:
  static process_objects& instance() {
    static process_objects* const all = create();
    return *all;
  }

  /// The object of `slot`, built by `make` when there is none. `make(slot, address)` returns the object in the heap.
  void* obtain(process_slot& slot, process_object* (*make)(process_slot&, void*& address)) {
    program_lock lock(program_mutex());
    if (!slot.known_) remember(slot, lock);
    if (slot_in_making != nullptr) ask(*slot_in_making, slot);
    changed_.wait(lock, [&slot] { return slot.state_ != process_slot::state::in_making; });
    if (slot.state_ == process_slot::state::absent) build(slot, make, lock);
    if (slot_in_making != nullptr) slot_in_making->asks_for_ = nullptr;
    if (slot.state_ == process_slot::state::destroyed) {
      lock.unlock();
      raise(error(slot.where() + ": used after its destruction at the end of the process" + in_this_worker() +
                  "; use it earlier, or build what uses it after it"));
    }
    return slot.address_.load(std::memory_order_relaxed);
  }

  /// Destroys the newest object of this process; false when there is none left.
  bool destroy_newest() {
    program_lock lock(program_mutex());
    const void* const this_thread = &slot_in_making;
    changed_.wait(lock, [&] { return destroyer_ == nullptr || destroyer_ == this_thread; });
    process_object* const newest = built_;
    if (newest == nullptr || !owner_.is_this_process()) return false;
    built_ = newest->before_;
    const void* const outer = std::exchange(destroyer_, this_thread);  // a destructor may ask for the next one
    newest->slot_->state_ = process_slot::state::destroyed;
    newest->slot_->address_.store(nullptr, std::memory_order_release);
    lock.unlock();
    delete newest;
    lock.lock();
    destroyer_ = outer;
    changed_.notify_all();
    return true;
  }

 private:
  static process_objects* create() {
    static_cast<void>(program_mutex());
    at_fork(nullptr, nullptr, [] { instance().begin_anew(); });
    return new process_objects;
  }

  /// Notes that `inner` is needed to go on with `outer`; refuses what would wait for itself. With the lock held.
  static void ask(process_slot& outer, process_slot& inner) {
    outer.asks_for_ = &inner;
    std::string path = outer.where();
    for (process_slot* slot = &inner; slot != nullptr && slot->state_ == process_slot::state::in_making;
         slot = slot->asks_for_) {
      path += " -> " + slot->where();
      if (slot != &outer) continue;
      outer.asks_for_ = nullptr;
      raise(error("a cycle of objects that need each other: " + path + "; break it"));
    }
  }

  void build(process_slot& slot, process_object* (*make)(process_slot&, void*&), program_lock& lock) {
    slot.state_ = process_slot::state::in_making;
    slot.maker_ = &slot_in_making;
    slot.outer_ = slot_in_making;
    slot_in_making = &slot;
    lock.unlock();

    process_object* made = nullptr;
    void* address = nullptr;
    std::string failure;
    process_builds.fetch_add(1);
    attempt([&] { made = make(slot, address); }, [&failure](const char* text) { failure = text; });

    lock.lock();
    slot_in_making = slot.outer_;
    if (slot_in_making != nullptr) slot_in_making->asks_for_ = nullptr;
    slot.maker_ = nullptr;
    if (made != nullptr) {
      made->slot_ = &slot;
      made->before_ = built_;
      built_ = made;
      std::atexit([] { instance().destroy_newest(); });  // with the lock: one handler for each that is in the list
      slot.address_.store(address, std::memory_order_release);
    }
    slot.state_ = made != nullptr ? process_slot::state::built : process_slot::state::absent;
    changed_.notify_all();
    if (made != nullptr) return;
    lock.unlock();
    raise(error(slot.where() + in_this_worker() + " could not be made: " + failure));
  }

  /// Without the lock it asks the loader, which locks as well, and holds its lock while it runs static initialisers.
  void remember(process_slot& slot, program_lock& lock) {
    lock.unlock();
    if (!in_loaded_image(&slot)) {
      raise(error(slot.where() + " is not static; let it stand at namespace scope, or say static"));
    }
    lock.lock();
    if (std::exchange(slot.known_, true)) return;
    slot.next_known_ = known_;
    known_ = &slot;
  }

  /// In a forked child, on its one thread: what the parent built is its own. What this very thread is making it goes on
  /// to make; what other threads were making is absent.
  void begin_anew() {
    for (process_slot* slot = known_; slot != nullptr; slot = slot->next_known_) {
      const bool left_by_another = slot->state_ == process_slot::state::in_making && slot->maker_ != &slot_in_making;
      const bool on_its_way = slot->state_ == process_slot::state::in_making && !left_by_another;
      if (slot->state_ == process_slot::state::absent || on_its_way) continue;
      slot->address_.store(nullptr, std::memory_order_relaxed);
      slot->asks_for_ = nullptr;
      slot->state_ = process_slot::state::absent;
    }
    if (built_ != nullptr) {
      process_object* oldest = built_;
      while (oldest->before_ != nullptr) oldest = oldest->before_;
      oldest->before_ = of_ancestors_;
      of_ancestors_ = built_;
      built_ = nullptr;
    }
    destroyer_ = nullptr;
    owner_ = process_owner();
  }

  waiting_threads changed_;
  process_owner owner_;  // a raw clone runs no handler: it is refused here
  process_slot* known_ = nullptr;
  process_object* built_ = nullptr;         // the newest
  process_object* of_ancestors_ = nullptr;  // kept
  const void* destroyer_ = nullptr;         // the thread that runs a destructor
};

/// Created while the program is still loaded by one thread.
inline const bool process_objects_exist = (process_objects::instance(), true);

}  // namespace detail
APART_END_NAMESPACE
