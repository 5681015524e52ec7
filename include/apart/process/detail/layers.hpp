#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Guards of one thing that a process has once, in the order in which they changed it, each with what it found. They may
/// go in any order: only who changed it last puts something back, and who goes earlier hands what it found to the next
/// above it. So when all have gone, what the first one found is there again. Not synchronised.
template <class Found>
class layers {
 public:
  /// Names the new last layer; never 0.
  std::uint64_t push(Found found) {
    layers_.emplace_back(next_, std::move(found));
    return next_++;
  }

  /// Takes a layer away. Returns whether it was the last: then `back` is what is to be put back now.
  bool pop(std::uint64_t layer, Found& back) {
    auto own = layers_.begin();
    while (own != layers_.end() && own->first != layer) ++own;
    if (own == layers_.end()) return false;
    back = std::move(own->second);
    const auto above = layers_.erase(own);
    if (above == layers_.end()) return true;
    above->second = std::move(back);
    return false;
  }

 private:
  std::vector<std::pair<std::uint64_t, Found>> layers_;
  std::uint64_t next_ = 1;
};

}  // namespace detail
APART_END_NAMESPACE
