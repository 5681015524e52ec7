#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>

#include <apart/detail/random.hpp>
#include <apart/detail/windows/child_api.hpp>
#include <apart/detail/windows/open_file.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a process prints, kept in a file below TMP until it is known whether anyone wants to read it. It goes with its last
/// handle, also of a launcher that is killed; a grandchild that goes on writing holds nobody up. Owns both handles; not
/// movable.
class captured_output {
 public:
  captured_output() {
    const auto told = [](wchar_t* text, unsigned long room) { return ::GetTempPathW(room, text); };
    const std::string path =
        path_text_of_system(text_of_system(told)) + "apart-output-" + std::to_string(random_bits());
    int code = open_file(path, can_read | can_remove, new_file, goes_at_close, reads_);
    if (code == 0) code = open_file(path, can_append | can_ask, existing_file_only, 0, writes_);
    if (code != 0) raise_system(code, "a file for a worker's output, '" + path + "'");
  }
  captured_output(const captured_output&) = delete;
  captured_output& operator=(const captured_output&) = delete;

  /// For who prints: every write to it appends.
  int descriptor() const noexcept { return number_of(writes_.get()); }

  /// Bytes written so far.
  std::uint64_t size() const noexcept { return size_of(number_of(reads_.get())); }

  /// In the process that prints: a handle by which to ask for the size, whatever becomes of its stdout.
  static int private_copy_of_stdout() noexcept {
    constexpr auto standard_output = static_cast<unsigned long>(-11);  // STD_OUTPUT_HANDLE
    constexpr unsigned long same_access = 2;                           // DUPLICATE_SAME_ACCESS
    void* copy = nullptr;
    void* const self = ::GetCurrentProcess();
    const int made = ::DuplicateHandle(self, ::GetStdHandle(standard_output), self, &copy, 0, 0, same_access);
    return made != 0 ? number_of(copy) : -1;
  }

  static std::uint64_t size_of(int descriptor) noexcept {
    std::int64_t size = 0;
    return ::GetFileSizeEx(handle_of(descriptor), reinterpret_cast<_LARGE_INTEGER*>(&size)) != 0
               ? static_cast<std::uint64_t>(size)
               : 0;
  }

  /// Nothing is lost of a line that stdout or stderr has got, whatever ends the process. The C library has buffers for whole blocks, and
  /// none at all.
  static void keep_no_line_back() noexcept {
    for (std::FILE* const stream : {stdout, stderr}) std::setvbuf(stream, nullptr, _IONBF, 0);
  }

  /// The most that `read` returns of what was printed, in bytes.
  static constexpr std::uint64_t most = 16 << 20;

  /// The bytes from `begin` up to `end`, or fewer where the file has been cut; lines end as in C. Of more than `most` the first
  /// half and the last one of that, with a line between them that says how much is missing.
  std::string read(std::uint64_t begin, std::uint64_t end) const {
    end = (std::min)(end, size());
    if (begin >= end) return {};
    if (end - begin <= most) return read_all(begin, end);
    return read_all(begin, begin + most / 2) + "\n[apart: " + std::to_string(end - begin - most) +
           " bytes of output are left out here]\n" + read_all(end - most / 2, end);
  }

  /// It stands on a disk, and goes with the process: there is no memory to give back.
  void forget_before(std::uint64_t) noexcept {}

 private:
  std::string read_all(std::uint64_t begin, std::uint64_t end) const {
    struct {  // OVERLAPPED
      std::uintptr_t internal[2];
      std::uint64_t offset;
      void* event;
    } place{{}, begin, nullptr};
    std::string text(static_cast<std::size_t>(end - begin), '\0');
    unsigned long count = 0;
    const int read = ::ReadFile(reads_.get(), text.data(), static_cast<unsigned long>(text.size()), &count,
                                reinterpret_cast<_OVERLAPPED*>(&place));
    text.resize(read != 0 ? count : 0);
    for (std::size_t at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at)) text.erase(at, 1);
    return text;
  }

  class descriptor reads_;
  class descriptor writes_;
};

}  // namespace detail
APART_END_NAMESPACE
