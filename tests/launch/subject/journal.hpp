#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#if defined(_WIN32)
#include <windows.h>

/// No two processes add to one file at once where this is held: its end is not found and written to in one step.
class journal_turn {
 public:
  journal_turn() : mutex_(::CreateMutexW(nullptr, FALSE, L"apart-test-journal")) {
    ::WaitForSingleObject(mutex_, INFINITE);
  }
  ~journal_turn() {
    ::ReleaseMutex(mutex_);
    ::CloseHandle(mutex_);
  }
  journal_turn(const journal_turn&) = delete;
  journal_turn& operator=(const journal_turn&) = delete;

 private:
  HANDLE mutex_;
};
inline constexpr const char* to_append = "ab";
inline long id_of_this_process() { return static_cast<long>(::GetCurrentProcessId()); }
#else
#include <unistd.h>

struct journal_turn {
  journal_turn() {}
  ~journal_turn() {}
};
inline constexpr const char* to_append = "ae";
inline long id_of_this_process() { return ::getpid(); }
#endif

/// Appends one line to the file that the driver reads: what happened, in which process.
inline void note_of(const std::string& what, long process) {
  const char* path = std::getenv("SUBJECT_JOURNAL");
  if (path == nullptr) return;
  const journal_turn turn;
  const std::string line = what + " " + std::to_string(process) + "\n";
  std::FILE* journal = std::fopen(path, to_append);
  std::fwrite(line.data(), 1, line.size(), journal);
  std::fclose(journal);
}
inline void note(const std::string& what) { note_of(what, id_of_this_process()); }

inline bool driver_asks_for(const char* what) {
  const char* mode = std::getenv("SUBJECT_MODE");
  return mode != nullptr && std::string(mode) == what;
}
