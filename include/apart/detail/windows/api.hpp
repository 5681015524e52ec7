#pragma once

#include <cstddef>
#include <cstdint>

#include <apart/version.hpp>

// What the library calls of Windows, declared by hand with the exact types of <windows.h>: that one's macros (min, max,
// small, interface) stay away from whoever includes the library, and it may be included before or after. BOOL is int there,
// DWORD unsigned long, HANDLE void*; structures are known by name alone. All of it stands in kernel32 and advapi32, which
// every compiler links by itself. What takes an enumeration of <windows.h> cannot be declared without it: `function_of`.

struct _BY_HANDLE_FILE_INFORMATION;
struct _FILETIME;
struct _MEMORY_BASIC_INFORMATION;
struct _OVERLAPPED;
struct _SECURITY_ATTRIBUTES;
struct _WIN32_FIND_DATAW;
struct tagPROCESSENTRY32W;
struct HINSTANCE__;

#define APART_OF_WINDOWS extern "C" __declspec(dllimport)
#define APART_CALL __stdcall

// Errors, texts, modules, memory.
APART_OF_WINDOWS unsigned long APART_CALL GetLastError();
APART_OF_WINDOWS void APART_CALL SetLastError(unsigned long code);
APART_OF_WINDOWS int APART_CALL MultiByteToWideChar(unsigned page, unsigned long flags, const char* text, int size,
                                                    wchar_t* wide, int room);
APART_OF_WINDOWS int APART_CALL WideCharToMultiByte(unsigned page, unsigned long flags, const wchar_t* wide, int size,
                                                    char* text, int room, const char* other, int* used_other);
APART_OF_WINDOWS int APART_CALL GetModuleHandleExW(unsigned long flags, const wchar_t* name, HINSTANCE__** module);
APART_OF_WINDOWS HINSTANCE__* APART_CALL GetModuleHandleW(const wchar_t* name);
APART_OF_WINDOWS unsigned long APART_CALL GetModuleFileNameW(HINSTANCE__* module, wchar_t* path, unsigned long room);
APART_OF_WINDOWS std::intptr_t(APART_CALL* APART_CALL GetProcAddress(HINSTANCE__* module, const char* name))();
APART_OF_WINDOWS std::size_t APART_CALL VirtualQuery(const void* address, _MEMORY_BASIC_INFORMATION* found,
                                                     std::size_t size);
APART_OF_WINDOWS void* APART_CALL LocalFree(void* memory);

// This process, and others.
APART_OF_WINDOWS unsigned long APART_CALL GetCurrentProcessId();
APART_OF_WINDOWS void* APART_CALL GetCurrentProcess();
APART_OF_WINDOWS int APART_CALL GetComputerNameW(wchar_t* name, unsigned long* size);
APART_OF_WINDOWS int APART_CALL CheckRemoteDebuggerPresent(void* process, int* present);
APART_OF_WINDOWS unsigned long APART_CALL GetEnvironmentVariableW(const wchar_t* name, wchar_t* value,
                                                                  unsigned long room);
APART_OF_WINDOWS int APART_CALL SetEnvironmentVariableW(const wchar_t* name, const wchar_t* value);
APART_OF_WINDOWS unsigned long APART_CALL GetCurrentDirectoryW(unsigned long room, wchar_t* path);
APART_OF_WINDOWS int APART_CALL SetCurrentDirectoryW(const wchar_t* path);
APART_OF_WINDOWS void* APART_CALL OpenProcess(unsigned long access, int inherited, unsigned long id);
APART_OF_WINDOWS int APART_CALL GetProcessTimes(void* process, _FILETIME* began, _FILETIME* ended, _FILETIME* kernel,
                                                _FILETIME* user);
APART_OF_WINDOWS int APART_CALL TerminateProcess(void* process, unsigned status);
APART_OF_WINDOWS void* APART_CALL CreateEventW(_SECURITY_ATTRIBUTES* security, int stays, int set, const wchar_t* name);
APART_OF_WINDOWS unsigned long APART_CALL WaitForSingleObject(void* object, unsigned long milliseconds);
APART_OF_WINDOWS int APART_CALL SetConsoleCtrlHandler(int(APART_CALL* handler)(unsigned long event), int add);
APART_OF_WINDOWS void APART_CALL Sleep(unsigned long milliseconds);

// Files.
APART_OF_WINDOWS void* APART_CALL CreateFileW(const wchar_t* path, unsigned long access, unsigned long share,
                                              _SECURITY_ATTRIBUTES* security, unsigned long disposition,
                                              unsigned long flags, void* like);
APART_OF_WINDOWS int APART_CALL CloseHandle(void* handle);
APART_OF_WINDOWS int APART_CALL ReadFile(void* file, void* bytes, unsigned long size, unsigned long* got,
                                         _OVERLAPPED* place);
APART_OF_WINDOWS int APART_CALL WriteFile(void* file, const void* bytes, unsigned long size, unsigned long* written,
                                          _OVERLAPPED* place);
APART_OF_WINDOWS int APART_CALL CreateDirectoryW(const wchar_t* path, _SECURITY_ATTRIBUTES* security);
APART_OF_WINDOWS int APART_CALL RemoveDirectoryW(const wchar_t* path);
APART_OF_WINDOWS int APART_CALL DeleteFileW(const wchar_t* path);
APART_OF_WINDOWS int APART_CALL MoveFileExW(const wchar_t* from, const wchar_t* to, unsigned long flags);
APART_OF_WINDOWS unsigned long APART_CALL GetFileAttributesW(const wchar_t* path);
APART_OF_WINDOWS int APART_CALL SetFileAttributesW(const wchar_t* path, unsigned long attributes);
APART_OF_WINDOWS void* APART_CALL FindFirstFileW(const wchar_t* pattern, _WIN32_FIND_DATAW* found);
APART_OF_WINDOWS int APART_CALL FindNextFileW(void* search, _WIN32_FIND_DATAW* found);
APART_OF_WINDOWS int APART_CALL FindClose(void* search);
APART_OF_WINDOWS int APART_CALL GetFileInformationByHandle(void* file, _BY_HANDLE_FILE_INFORMATION* found);
APART_OF_WINDOWS int APART_CALL SetFileTime(void* file, const _FILETIME* made, const _FILETIME* read,
                                            const _FILETIME* written);
APART_OF_WINDOWS void APART_CALL GetSystemTimeAsFileTime(_FILETIME* now);
APART_OF_WINDOWS unsigned long APART_CALL GetFinalPathNameByHandleW(void* file, wchar_t* path, unsigned long room,
                                                                    unsigned long flags);
APART_OF_WINDOWS unsigned long APART_CALL GetTempPathW(unsigned long room, wchar_t* path);
APART_OF_WINDOWS unsigned APART_CALL GetDriveTypeW(const wchar_t* root);
APART_OF_WINDOWS int APART_CALL GetVolumePathNameW(const wchar_t* path, wchar_t* volume, unsigned long room);

// Locks and memory that processes share.
APART_OF_WINDOWS int APART_CALL LockFileEx(void* file, unsigned long flags, unsigned long reserved, unsigned long low,
                                           unsigned long high, _OVERLAPPED* place);
APART_OF_WINDOWS int APART_CALL UnlockFileEx(void* file, unsigned long reserved, unsigned long low, unsigned long high,
                                             _OVERLAPPED* place);
APART_OF_WINDOWS void* APART_CALL CreateFileMappingW(void* file, _SECURITY_ATTRIBUTES* security, unsigned long protect,
                                                     unsigned long high, unsigned long low, const wchar_t* name);
APART_OF_WINDOWS void* APART_CALL MapViewOfFile(void* mapping, unsigned long access, unsigned long high,
                                                unsigned long low, std::size_t size);
APART_OF_WINDOWS int APART_CALL UnmapViewOfFile(const void* address);

// Who owns what.
APART_OF_WINDOWS int APART_CALL OpenProcessToken(void* process, unsigned long access, void** token);
APART_OF_WINDOWS int APART_CALL ConvertSidToStringSidW(void* sid, wchar_t** text);
APART_OF_WINDOWS int APART_CALL ConvertStringSecurityDescriptorToSecurityDescriptorW(const wchar_t* text,
                                                                                     unsigned long revision,
                                                                                     void** made, unsigned long* size);
APART_OF_WINDOWS int APART_CALL GetFileSecurityW(const wchar_t* path, unsigned long wanted, void* found,
                                                 unsigned long size, unsigned long* needed);
APART_OF_WINDOWS int APART_CALL GetSecurityDescriptorOwner(void* descriptor, void** owner, int* defaulted);

// tlhelp32.h, which does not mark them as imported.
extern "C" void* APART_CALL CreateToolhelp32Snapshot(unsigned long flags, unsigned long process);
extern "C" int APART_CALL Process32FirstW(void* snapshot, tagPROCESSENTRY32W* found);
extern "C" int APART_CALL Process32NextW(void* snapshot, tagPROCESSENTRY32W* found);

#undef APART_CALL
#undef APART_OF_WINDOWS

APART_BEGIN_NAMESPACE
namespace detail {

/// A function of a module that every process has loaded; null where this Windows does not have it.
template <class Function>
Function* function_of(const wchar_t* module, const char* name) noexcept {
  HINSTANCE__* const loaded = ::GetModuleHandleW(module);
  return loaded == nullptr ? nullptr
                           : reinterpret_cast<Function*>(reinterpret_cast<void*>(::GetProcAddress(loaded, name)));
}

}  // namespace detail
APART_END_NAMESPACE
