#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What the launcher, its workers and its keeper say to one another. Both ends are the same binary, so the numbers may
/// change with any version. The comment says who sends it, and what it carries.
enum class message : std::uint8_t {
  // the work socket of a worker
  begin,     ///< launcher: the seed that all processes share, whether tests have a limit (--timeout)
  hello,     ///< worker: how many tests its command line selects, and a hash of their names in order
  describe,  ///< launcher: "your tests differ, name them"
  listing,   ///< worker: the names of its tests
  run,       ///< launcher: whether the first failure ends the list, indices of tests to run, in this order
  part,      ///< worker: the test that it runs goes on with a part that has the whole limit once more
  finished,  ///< worker: one test's index, outcome, begin, end, the same of its longest body, where its output begins and
             ///< ends, text, whether what it has started may be the process's, the processes that it left, its waits
             ///< (what, begin, end)
  idle,      ///< worker: it runs nothing more of what it was told to run
  stop,      ///< launcher: end normally
  // the news socket of a worker
  need,     ///< worker, and the keeper in a set-up: name of a `per_run`
  payload,  ///< launcher: name, whether the set-up succeeded, its payload or what went wrong; keeper: likewise, begin, end
  yours,   ///< launcher, to the keeper: name of what it needs and is to set up itself
  cancel,  ///< launcher, to keeper and workers: the run is cancelled, with the cause
  // the work socket of the keeper
  set_up,     ///< launcher: name
  tear_down,  ///< launcher: names and payloads of what is to be torn down, in this order
  torn_down,  ///< keeper: name, what went wrong, begin, end
  // a connection to the keeper that ctest's fixture has left; `need` comes there, too, and is answered by `done`
  open,   ///< fixture: somebody more will say close; answered by `done`
  close,  ///< fixture: answered by `done` where others will close, too, else by `ended`
  done,   ///< keeper: that it is
  ended,  ///< keeper: whether all tear-downs succeeded, what it has printed since it was started
};

/// Builds one message: a length of four bytes, the kind, then numbers and texts as they are appended.
class wire_writer {
 public:
  explicit wire_writer(message kind) : bytes_(4, '\0') { bytes_ += static_cast<char>(kind); }

  wire_writer& number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>((value >> shift) & 0xff);
    return *this;
  }

  wire_writer& text(std::string_view value) {
    number(value.size());
    bytes_ += value;
    return *this;
  }

  wire_writer& moment(std::chrono::steady_clock::time_point value) {
    return number(static_cast<std::uint64_t>(value.time_since_epoch() / std::chrono::nanoseconds(1)));
  }

  /// The whole message. One longer than four bytes can count (4 GiB) is an error.
  const std::string& bytes() {
    const std::size_t length = bytes_.size() - 4;
    if (length > UINT32_MAX) raise(error("a message between the processes of the run: longer than 4 GiB"));
    for (std::size_t byte = 0; byte < 4; ++byte) bytes_[byte] = static_cast<char>((length >> (8 * byte)) & 0xff);
    return bytes_;
  }

 private:
  std::string bytes_;
};

/// Reads the fields of one message in the order in which they were written. A field that is not there is an error.
class wire_reader {
 public:
  explicit wire_reader(std::string body) : body_(std::move(body)) {
    kind_ = static_cast<message>(static_cast<unsigned char>(take(1).front()));
  }

  message kind() const noexcept { return kind_; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    int shift = 0;
    for (const char byte : take(8)) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte)) << shift;
      shift += 8;
    }
    return value;
  }

  std::string text() { return std::string(take(number())); }

  /// All processes of a machine share this clock.
  std::chrono::steady_clock::time_point moment() {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(number()));
  }

  bool at_end() const noexcept { return next_ == body_.size(); }

 private:
  std::string_view take(std::uint64_t length) {
    if (length > body_.size() - next_) raise(error("a message between the processes of the run: cut short"));
    const std::string_view field = std::string_view(body_).substr(next_, static_cast<std::size_t>(length));
    next_ += static_cast<std::size_t>(length);
    return field;
  }

  std::string body_;
  std::size_t next_ = 0;
  message kind_;
};

}  // namespace detail
APART_END_NAMESPACE
