#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>

#include <apart/detail/posix/system.hpp>
#include <apart/error.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a process prints, kept in memory (memfd_create(2)) until it is known whether anyone wants to read it. Has no
/// name in any file system, so nothing is left behind; a grandchild that goes on writing holds nobody up. Owns the
/// descriptor, which is close-on-exec; not movable.
class captured_output {
 public:
  captured_output() : descriptor_(::memfd_create("apart output", MFD_CLOEXEC)) {
    if (descriptor_ < 0) raise_system(errno, "memory for a worker's output (memfd_create)");
    ::fcntl(descriptor_, F_SETFL, O_APPEND);
  }
  ~captured_output() { ::close(descriptor_); }
  captured_output(const captured_output&) = delete;
  captured_output& operator=(const captured_output&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// Bytes written so far.
  std::uint64_t size() const noexcept { return size_of(descriptor_); }

  /// In the process that prints: a descriptor by which to ask for the size, whatever becomes of its stdout.
  static int private_copy_of_stdout() noexcept { return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3); }

  static std::uint64_t size_of(int descriptor) noexcept {
    sys::file_status status{};
    return sys::fstat(descriptor, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  }

  /// Nothing is lost of a line that stdout has got, whatever ends the process.
  static void keep_no_line_back() noexcept { std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ); }

  /// The most that `read` returns of what was printed, in bytes.
  static constexpr std::uint64_t most = 16 << 20;

  /// The bytes from `begin` up to `end`, or fewer where the file has been cut. Of more than `most` the first half and the
  /// last one of that, with a line between them that says how much is missing.
  std::string read(std::uint64_t begin, std::uint64_t end) const {
    end = std::min(end, size());
    if (begin >= end) return {};
    if (end - begin <= most) return read_all(begin, end);
    return read_all(begin, begin + most / 2) + "\n[apart: " + std::to_string(end - begin - most) +
           " bytes of output are left out here]\n" + read_all(end - most / 2, end);
  }

  /// Gives the memory of everything before `end` back to the system; offsets stay as they are.
  void forget_before(std::uint64_t end) noexcept {
    if (end == forgotten_) return;
    ::APART_DETAIL_LARGE(fallocate)(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                                    static_cast<sys::file_offset>(end));
    forgotten_ = end;
  }

 private:
  std::string read_all(std::uint64_t begin, std::uint64_t end) const {
    std::string text(static_cast<std::size_t>(end - begin), '\0');
    const ssize_t count = sys::pread(descriptor_, text.data(), text.size(), static_cast<sys::file_offset>(begin));
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }

  int descriptor_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE
