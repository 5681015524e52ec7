#pragma once

#include <cstddef>

#include <apart/detail/windows/api.hpp>

// What the launcher calls beyond api.hpp, by the same rules.

struct _CONSOLE_SCREEN_BUFFER_INFO;
struct _PROC_THREAD_ATTRIBUTE_LIST;
struct _PROCESS_INFORMATION;
struct _STARTUPINFOW;
union _LARGE_INTEGER;

#define APART_OF_WINDOWS extern "C" __declspec(dllimport)
#define APART_CALL __stdcall

// Processes, and jobs that hold them.
APART_OF_WINDOWS int APART_CALL CreateProcessW(const wchar_t* program, wchar_t* command,
                                               _SECURITY_ATTRIBUTES* of_process, _SECURITY_ATTRIBUTES* of_thread,
                                               int inherits, unsigned long flags, void* environment,
                                               const wchar_t* directory, _STARTUPINFOW* start,
                                               _PROCESS_INFORMATION* started);
APART_OF_WINDOWS int APART_CALL InitializeProcThreadAttributeList(_PROC_THREAD_ATTRIBUTE_LIST* list,
                                                                  unsigned long count, unsigned long flags,
                                                                  std::size_t* size);
APART_OF_WINDOWS int APART_CALL UpdateProcThreadAttribute(_PROC_THREAD_ATTRIBUTE_LIST* list, unsigned long flags,
                                                          std::size_t attribute, void* value, std::size_t size,
                                                          void* former, std::size_t* former_size);
APART_OF_WINDOWS void APART_CALL DeleteProcThreadAttributeList(_PROC_THREAD_ATTRIBUTE_LIST* list);
APART_OF_WINDOWS unsigned long APART_CALL ResumeThread(void* thread);
APART_OF_WINDOWS int APART_CALL GetExitCodeProcess(void* process, unsigned long* status);
APART_OF_WINDOWS int APART_CALL QueryFullProcessImageNameW(void* process, unsigned long flags, wchar_t* path,
                                                           unsigned long* room);
APART_OF_WINDOWS void* APART_CALL CreateJobObjectW(_SECURITY_ATTRIBUTES* security, const wchar_t* name);
APART_OF_WINDOWS int APART_CALL TerminateJobObject(void* job, unsigned status);
APART_OF_WINDOWS unsigned APART_CALL SetErrorMode(unsigned mode);
APART_OF_WINDOWS wchar_t* APART_CALL GetEnvironmentStringsW();
APART_OF_WINDOWS int APART_CALL FreeEnvironmentStringsW(wchar_t* texts);
APART_OF_WINDOWS int APART_CALL RegisterWaitForSingleObject(
    void** wait, void* object, void(APART_CALL* called)(void* argument, unsigned char timed_out), void* argument,
    unsigned long milliseconds, unsigned long flags);
APART_OF_WINDOWS int APART_CALL UnregisterWaitEx(void* wait, void* event);

// Handles, pipes, the console.
APART_OF_WINDOWS int APART_CALL DuplicateHandle(void* from, void* handle, void* to, void** made, unsigned long access,
                                                int inherited, unsigned long options);
APART_OF_WINDOWS int APART_CALL SetHandleInformation(void* handle, unsigned long mask, unsigned long flags);
APART_OF_WINDOWS void* APART_CALL GetStdHandle(unsigned long which);
APART_OF_WINDOWS int APART_CALL GetFileSizeEx(void* file, _LARGE_INTEGER* size);
APART_OF_WINDOWS int APART_CALL CreatePipe(void** reads, void** writes, _SECURITY_ATTRIBUTES* security,
                                           unsigned long size);
APART_OF_WINDOWS int APART_CALL GetConsoleMode(void* console, unsigned long* mode);
APART_OF_WINDOWS int APART_CALL SetConsoleMode(void* console, unsigned long mode);
APART_OF_WINDOWS int APART_CALL GetConsoleScreenBufferInfo(void* console, _CONSOLE_SCREEN_BUFFER_INFO* found);

#undef APART_CALL
#undef APART_OF_WINDOWS

APART_BEGIN_NAMESPACE
namespace detail {

// Windows uses 32 bits of a handle, also in a process of 64 (64-bit interoperability): one fits in an int, as descriptors
// do elsewhere. -1: none.

inline void* handle_of(int number) noexcept { return reinterpret_cast<void*>(static_cast<std::intptr_t>(number)); }
inline int number_of(void* handle) noexcept { return static_cast<int>(reinterpret_cast<std::intptr_t>(handle)); }

/// Whether what this process starts may get it.
inline bool make_inheritable(int number, bool wanted) noexcept {
  constexpr unsigned long inherit = 1;  // HANDLE_FLAG_INHERIT
  return ::SetHandleInformation(handle_of(number), inherit, wanted ? inherit : 0) != 0;
}

}  // namespace detail
APART_END_NAMESPACE
