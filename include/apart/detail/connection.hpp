#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <apart/detail/stream_socket.hpp>
#include <apart/detail/wire.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// One end of a stream socket that carries messages. Owns the descriptor; movable. One thread at a time on each side of
/// it (sending, receiving). A peer that is gone is no error: sending says false, receiving says that it is closed.
class connection {
 public:
  connection() = default;
  explicit connection(int descriptor) noexcept : descriptor_(descriptor) {}
  connection(connection&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        in_(std::move(other.in_)),
        taken_(std::exchange(other.taken_, 0)),
        out_(std::move(other.out_)),
        closed_(other.closed_) {}
  connection& operator=(connection&& other) noexcept {
    connection taken(std::move(other));
    std::swap(descriptor_, taken.descriptor_);
    std::swap(in_, taken.in_);
    std::swap(taken_, taken.taken_);
    std::swap(out_, taken.out_);
    std::swap(closed_, taken.closed_);
    return *this;
  }
  ~connection() { close(); }

  int descriptor() const noexcept { return descriptor_; }
  bool closed() const noexcept { return closed_ || descriptor_ < 0; }
  bool has_unsent() const noexcept { return !out_.empty(); }

  void close() noexcept {
    if (descriptor_ >= 0) close_socket(std::exchange(descriptor_, -1));
  }

  /// For both sides it is as if the peer were gone. Any thread, as long as it is not closed.
  void shut_down() const noexcept { shut_down_socket(descriptor_); }

  /// Blocks until all is sent. False: the peer is gone.
  bool send(wire_writer message) { return push(message.bytes(), patience::waits) == message.bytes().size(); }

  /// Sends what can be sent at once and keeps the rest for `flush`.
  void post(wire_writer message) {
    out_ += message.bytes();
    flush();
  }
  void flush() {
    out_.erase(0, push(out_, patience::does_not_wait));
    if (closed_) out_.clear();
  }

  /// The next message, waiting for it; none: the peer is gone.
  std::optional<wire_reader> receive() {
    for (;;) {
      if (auto whole = take()) return whole;
      if (!pull(patience::waits)) return std::nullopt;
    }
  }

  /// Reads what has arrived, without waiting. `take` then hands out the whole messages.
  void poll() {
    while (pull(patience::does_not_wait)) {
    }
  }

  std::optional<wire_reader> take() {
    if (in_.size() - taken_ < 4) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t byte = 0; byte < 4; ++byte) {
      length |= static_cast<std::size_t>(static_cast<unsigned char>(in_[taken_ + byte])) << (8 * byte);
    }
    if (in_.size() - taken_ - 4 < length) return std::nullopt;
    wire_reader whole(in_.substr(taken_ + 4, length));
    taken_ += 4 + length;
    if (taken_ == in_.size()) {
      in_.clear();
      taken_ = 0;
    }
    return whole;
  }

 private:
  std::size_t push(std::string_view bytes, patience how) {
    std::size_t sent = 0;
    while (!closed() && sent < bytes.size()) {
      const std::ptrdiff_t count = send_some(descriptor_, bytes.data() + sent, bytes.size() - sent, how);
      if (count == nothing_now) break;
      if (count == peer_is_gone) {
        closed_ = true;
      } else {
        sent += static_cast<std::size_t>(count);
      }
    }
    return sent;
  }

  /// False: nothing more for now (where it does not wait), or the peer is gone.
  bool pull(patience how) {
    if (closed()) return false;
    char chunk[65536];
    const std::ptrdiff_t count = receive_some(descriptor_, chunk, sizeof chunk, how);
    closed_ = closed_ || count == peer_is_gone;
    if (count <= 0) return false;
    in_.append(chunk, static_cast<std::size_t>(count));
    return true;
  }

  int descriptor_ = -1;
  std::string in_;
  std::size_t taken_ = 0;
  std::string out_;
  bool closed_ = false;
};

}  // namespace detail
APART_END_NAMESPACE
