#pragma once

#include <optional>

#include <apart/detail/wire.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// There is no launcher on Windows, and no keeper of ctest: nobody is connected with this process. Every connection is as
/// one whose peer is gone.
class connection {
 public:
  connection() = default;
  template <class Handle>
  explicit connection(Handle) noexcept {}

  bool closed() const noexcept { return true; }
  void close() noexcept {}
  void shut_down() const noexcept {}
  bool send(const wire_writer&) noexcept { return false; }
  std::optional<wire_reader> receive() { return std::nullopt; }
};

}  // namespace detail
APART_END_NAMESPACE
