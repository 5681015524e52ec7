#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include <apart/detail/file_lock.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Who of a run's processes takes part in one set-up, as the kernel says: locks on the bytes of one file, which are free
/// at once when their process ends.
///
///     the gate       byte 0; exclusive while somebody sets up, tears down or leaves, shared while one joins. The only
///                    lock that is ever waited for
///     member of g    byte 1 + 2g; shared by all who have asked for generation g, also while they wait for it
///     leader of g    byte 2 + 2g; exclusive while the set-up of g runs
///
/// Owner: one object in one process. Threads: one at a time. Fork: a child has none of them. Errors: `apart::error` that
/// names the file.
class set_up_locks {
 public:
  /// In a directory that is made when the first of them is needed. `label`: begins the errors.
  set_up_locks(std::string directory, std::string label) : directory_(std::move(directory)), label_(std::move(label)) {}

  const std::string& directory() const noexcept { return directory_; }

  /// Open, not locked.
  file_lock& gate() {
    if (!gate_.is_open()) open(gate_, {0, 1});
    return gate_;
  }
  void leave_gate() noexcept { gate_.unlock(); }

  /// Who has got the gate gives it back at the end of the scope, and leads no more.
  class gate_scope {
   public:
    explicit gate_scope(set_up_locks& locks) noexcept : locks_(locks) {}
    ~gate_scope() {
      locks_.stop_leading();
      locks_.leave_gate();
    }
    gate_scope(const gate_scope&) = delete;
    gate_scope& operator=(const gate_scope&) = delete;

   private:
    set_up_locks& locks_;
  };

  bool is_member() const noexcept { return member_.is_open(); }
  bool is_member_of(std::uint64_t generation) const noexcept { return is_member() && member_of_ == generation; }
  std::uint64_t member_of() const noexcept { return member_of_; }

  /// The membership that this process has is given up only when it has the new one.
  void join(std::uint64_t generation) {
    file_lock member;
    open(member, members_of(generation));
    static_cast<void>(member.try_lock(lock_mode::shared));  // nobody ever has it exclusively
    member_ = std::move(member);
    member_of_ = generation;
  }
  void leave() { member_.close(); }

  /// Whether any process is a member, this one too; or any but this one.
  bool has_members(std::uint64_t generation) {
    return gate().is_held_against(lock_mode::exclusive, members_of(generation));
  }
  bool has_other_members(std::uint64_t generation) {
    return is_member_of(generation) ? member_.is_held_against(lock_mode::exclusive) : has_members(generation);
  }

  /// With the gate held exclusively.
  void lead(std::uint64_t generation) {
    open(leader_, leader_of(generation));
    if (!leader_.try_lock(lock_mode::exclusive)) raise(error(label_ + ": two processes set it up at once"));
  }
  void stop_leading() { leader_.close(); }

  /// Whether a set-up runs, in `directory`, which may be another one.
  static bool has_leader(const std::string& directory, std::uint64_t generation) {
    file_lock probe;
    return probe.open(path_in(directory), leader_of(generation)) == 0 && probe.is_held_against(lock_mode::exclusive);
  }

  [[noreturn]] void refuse(int code) const {
    raise_system(code, label_ + ": cannot lock '" + path_in(directory_) + "'");
  }

 private:
  static std::string path_in(const std::string& directory) { return directory + "/lock"; }
  static lock_bytes members_of(std::uint64_t generation) { return {static_cast<std::int64_t>(1 + 2 * generation), 1}; }
  static lock_bytes leader_of(std::uint64_t generation) { return {static_cast<std::int64_t>(2 + 2 * generation), 1}; }

  void open(file_lock& lock, lock_bytes byte) const {
    int code = lock.open(path_in(directory_), byte);
    if (code == ENOENT) {
      code = make_private_directory(directory_);
      if (code != 0 && code != EEXIST) raise_system(code, label_ + ": cannot make '" + directory_ + "'");
      code = lock.open(path_in(directory_), byte);
    }
    if (code != 0) refuse(code);
  }

  const std::string directory_;
  const std::string label_;
  file_lock gate_;
  file_lock member_;
  file_lock leader_;
  std::uint64_t member_of_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE
