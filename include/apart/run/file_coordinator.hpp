#pragma once

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <apart/detail/atomic_write.hpp>
#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_lock.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/stable_hash.hpp>
#include <apart/error.hpp>
#include <apart/run/coordinator.hpp>

APART_BEGIN_NAMESPACE

/// The members of a run that share a directory of one machine. What they leave in it goes with the directory, whose owner
/// removes it when no member is left.
class file_coordinator final : public coordinator {
 public:
  /// A directory that is there, private, on a local file system.
  explicit file_coordinator(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] bool try_lock(std::string_view name) override {
    return held_.count(std::string(name)) == 0 && take(name, detail::lock_mode::exclusive);
  }
  [[nodiscard]] bool try_lock_shared(std::string_view name) override {
    const auto known = held_.find(std::string(name));
    if (known == held_.end()) return take(name, detail::lock_mode::shared);
    if (known->second.shares == 0) return false;
    ++known->second.shares;
    return true;
  }
  void unlock(std::string_view name) override {
    const auto known = held_.find(std::string(name));
    if (known == held_.end()) return;
    if (known->second.shares > 1) {
      --known->second.shares;
    } else {
      held_.erase(known);
    }
  }

  [[nodiscard]] bool create(std::string_view name, std::string_view bytes) override {
    const int code = write(path_of("text-", name), detail::existing_file::is_refused, bytes);
    if (code != 0 && code != EEXIST) fail(code, name);
    return code == 0;
  }

  [[nodiscard]] std::optional<std::string> read(std::string_view name) override {
    std::string text;
    const int code = detail::read_file(path_of("text-", name), text);
    if (code == ENOENT) return std::nullopt;
    if (code != 0) fail(code, name);
    return text;
  }

  std::uint64_t add(std::string_view counter, std::uint64_t amount) override {
    const std::string path = path_of("count-", counter);
    detail::file_lock turn;
    if (const int code = turn.open(path + ".lock")) fail(code, counter);
    if (const int code = turn.lock(detail::lock_mode::exclusive)) fail(code, counter);
    std::string text;
    const int code = detail::read_file(path, text);
    if (code != 0 && code != ENOENT) fail(code, counter);
    std::uint64_t before = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), before);
    const bool is_number = failure == std::errc() && end == text.data() + text.size();
    if (code == 0 && !is_number)
      detail::raise(error(where(counter) + " is no number: give the run a directory that is its own"));
    const std::string after = std::to_string(before + amount);
    if (const int failed = write(path, detail::existing_file::is_replaced, after)) fail(failed, counter);
    return before;
  }

  /// Files tell nobody.
  void wait_for_change(const context& waiting, std::chrono::nanoseconds most) override {
    using namespace std::chrono_literals;
    static_cast<void>(waiting.sleep_for(most < 5ms ? most : 5ms));
  }

 private:
  struct hold {
    detail::file_lock lock;
    unsigned shares = 0;  ///< 0: it is exclusive
  };

  bool take(std::string_view name, detail::lock_mode mode) {
    detail::file_lock lock;
    if (const int code = lock.open(path_of("lock-", name))) fail(code, name);
    if (!lock.try_lock(mode)) return false;
    held_.emplace(name, hold{std::move(lock), mode == detail::lock_mode::shared ? 1U : 0U});
    return true;
  }

  /// In one step: who is killed leaves what was there.
  int write(const std::string& path, detail::existing_file other, std::string_view bytes) const {
    detail::descriptor written;
    return detail::atomic_write(path, directory_ + "/new", other, bytes, written);
  }

  std::string path_of(const char* kind, std::string_view name) const {
    if (name.empty()) detail::raise(error("file_coordinator: a lock, a text, a counter has to have a name"));
    return directory_ + '/' + kind + detail::base32(detail::stable_hash(name), 12);
  }

  std::string where(std::string_view name) const {
    return "coordinator in '" + directory_ + "': '" + std::string(name) + "'";
  }
  [[noreturn]] void fail(int code, std::string_view name) const { detail::raise_system(code, where(name)); }

  std::string directory_;
  std::map<std::string, hold> held_;
};

APART_END_NAMESPACE
