#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/child_settings.hpp>
#include <apart/detail/process_id.hpp>
#include <apart/detail/windows/children.hpp>
#include <apart/detail/windows/loaded_files.hpp>
#include <apart/detail/windows/open_file.hpp>
#include <apart/detail/windows/shell_quoted.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The variables for a child (CreateProcessW): sorted by their names, for which a and A are the same.
inline std::wstring environment_of(const child_settings& settings) {
  const auto upper = [](wchar_t letter) {
    return letter >= L'a' && letter <= L'z' ? static_cast<wchar_t>(letter - 32) : letter;
  };
  const auto name_of = [&](const std::wstring& entry) {
    std::wstring name = entry.substr(0, entry.find(L'=', 1));  // "=C:=C:\place" is a variable of cmd.exe's
    std::transform(name.begin(), name.end(), name.begin(), upper);
    return name;
  };
  std::vector<std::wstring> entries, replaced;
  for (const std::string& own : settings.environment) entries.push_back(wide(own));
  for (const std::wstring& own : entries) replaced.push_back(name_of(own));
  for (const std::string& name : settings.removed) replaced.push_back(name_of(wide(name)));
  wchar_t* const inherited = ::GetEnvironmentStringsW();
  for (const wchar_t* at = inherited; at != nullptr && *at != L'\0';) {
    std::wstring entry = at;
    at += entry.size() + 1;
    if (std::find(replaced.begin(), replaced.end(), name_of(entry)) == replaced.end()) {
      entries.push_back(std::move(entry));
    }
  }
  ::FreeEnvironmentStringsW(inherited);
  std::sort(entries.begin(), entries.end(),
            [&](const std::wstring& one, const std::wstring& other) { return name_of(one) < name_of(other); });
  std::wstring block;
  for (const std::wstring& entry : entries) block.append(entry).push_back(L'\0');
  return block + L'\0';
}

/// In the code page in which main has got its arguments.
inline std::wstring command_line_of(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments) line += (line.empty() ? "" : " ") + shell_quoted(argument);
  const int size = static_cast<int>(line.size());
  std::wstring made(line.size(), L'\0');
  made.resize(static_cast<std::size_t>(::MultiByteToWideChar(0, 0, line.data(), size, made.data(), size)));
  return made;
}

/// Gives a child these handles and no others, and puts it into a job before it runs (UpdateProcThreadAttribute). The handles
/// are inheritable as long as this object is there: what another thread starts meanwhile in its own way gets them, too.
class handles_for_child {
 public:
  handles_for_child(std::vector<int> handles, void* job) : numbers_(std::move(handles)), job_(job) {
    for (const int number : numbers_) {
      make_inheritable(number, true);
      handles_.push_back(handle_of(number));
    }
    std::size_t size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 2, 0, &size);
    memory_.reset(new std::uintptr_t[size / sizeof(std::uintptr_t) + 1]);
    if (::InitializeProcThreadAttributeList(list(), 2, 0, &size) == 0) raise_system(last_error_number(), what);
    made_ = true;
    set(0x20002, handles_.data(), handles_.size() * sizeof(void*));  // PROC_THREAD_ATTRIBUTE_HANDLE_LIST
    set(0x2000d, &job_, sizeof job_);                                // PROC_THREAD_ATTRIBUTE_JOB_LIST, Windows 10
  }
  ~handles_for_child() {
    if (made_) ::DeleteProcThreadAttributeList(list());
    for (const int number : numbers_) make_inheritable(number, false);
  }
  handles_for_child(const handles_for_child&) = delete;
  handles_for_child& operator=(const handles_for_child&) = delete;

  _PROC_THREAD_ATTRIBUTE_LIST* list() const noexcept {
    return reinterpret_cast<_PROC_THREAD_ATTRIBUTE_LIST*>(memory_.get());
  }

 private:
  static constexpr const char* what = "a new worker process";

  void set(std::size_t attribute, void* value, std::size_t size) const {
    if (::UpdateProcThreadAttribute(list(), 0, attribute, value, size, nullptr, nullptr) == 0) {
      raise_system(last_error_number(), what);
    }
  }

  const std::vector<int> numbers_;
  std::vector<void*> handles_;
  void* job_;
  std::unique_ptr<std::uintptr_t[]> memory_;
  bool made_ = false;
};

/// Starts this binary as `settings` say and returns its process id. It has no window and a console of its own, so neither Ctrl-C
/// nor the end of this one's console reaches it. An `apart::error` where the system refuses.
inline process_number start_child(child_settings settings) {
  constexpr const char* what = "a new worker process";
  std::string id = std::to_string(process_id());
  std::string& told = settings.environment.back();
  told.replace(told.begin() + static_cast<std::ptrdiff_t>(settings.pid_offset + 10 - id.size()),
               told.begin() + static_cast<std::ptrdiff_t>(settings.pid_offset + 10), id);
  descriptor nothing;
  if (const int code = open_file("NUL", can_read, existing_file_only, 0, nothing)) raise_system(code, what);
  process_job job;
  if (const int code = job.make()) raise_system(code, what);
  std::vector<int> inherited = settings.descriptors;
  inherited.insert(inherited.end(), {number_of(nothing.get()), settings.output});
  const handles_for_child given(std::move(inherited), job.get());
  struct {  // STARTUPINFOEXW
    unsigned long size;
    void* texts[3];
    unsigned long place[7];
    unsigned long flags;
    std::uint16_t show[2];
    void* reserved;
    void* input;
    void* output;
    void* errors;
    _PROC_THREAD_ATTRIBUTE_LIST* attributes;
  } start{};
  start.size = sizeof start;
  start.flags = 0x100;  // STARTF_USESTDHANDLES
  start.input = nothing.get();
  start.output = start.errors = handle_of(settings.output);
  start.attributes = given.list();
  struct {  // PROCESS_INFORMATION
    void* process;
    void* thread;
    unsigned long id;
    unsigned long thread_id;
  } made{};
  // CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT | CREATE_SUSPENDED
  constexpr unsigned long flags = 0x08000000 | 0x00080000 | 0x400 | 0x4;
  constexpr unsigned no_dialogs = 0x8003;  // SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX
  std::wstring command = command_line_of(settings.arguments);
  std::wstring environment = environment_of(settings);
  const unsigned before = ::SetErrorMode(no_dialogs);  // which it inherits: nobody would close them
  const int started = ::CreateProcessW(path_for_system(path_of_program()).c_str(), command.data(), nullptr, nullptr, 1,
                                       flags, environment.data(), nullptr, reinterpret_cast<_STARTUPINFOW*>(&start),
                                       reinterpret_cast<_PROCESS_INFORMATION*>(&made));
  const int code = started != 0 ? 0 : last_error_number();
  ::SetErrorMode(before);
  if (code != 0) raise_system(code, what);
  const auto number = static_cast<process_number>(made.id);
  const descriptor thread(made.thread);
  descriptor process(made.process);
  if (settings.own_session) {  // with a handle of its own the job lasts as long as the process
    constexpr unsigned long same_access = 2;
    void* its_own = nullptr;
    ::DuplicateHandle(::GetCurrentProcess(), job.get(), process.get(), &its_own, 0, 0, same_access);
  }
  children::of_this_process().add({number, std::move(process), std::move(job)});
  ::ResumeThread(thread.get());
  return number;
}

/// Handles are many; none has to be kept for who is started later.
class reserved_descriptors {
 public:
  reserved_descriptors() noexcept {}
  ~reserved_descriptors() {}
  reserved_descriptors(const reserved_descriptors&) = delete;
  reserved_descriptors& operator=(const reserved_descriptors&) = delete;
};

/// Two connected stream sockets, neither of them inherited.
inline std::pair<int, int> socket_pair() {
  std::array<owned_socket, 2> ends;
  if (const int code = connect_pair(ends)) raise_system(code, "a socket to a new worker process");
  return {static_cast<int>(ends[0].release()), static_cast<int>(ends[1].release())};
}

/// The pipe by which the keeper hears that nobody else is left of a run: it reads nothing but the end, when the last writing end
/// is closed.
class members_pipe {
 public:
  members_pipe() {
    void* reads = nullptr;
    void* writes = nullptr;
    if (::CreatePipe(&reads, &writes, nullptr, 0) == 0) raise_system(last_error_number(), "a pipe to the workers");
    reads_ = descriptor(reads);
    writes_ = descriptor(writes);
  }
  int for_keeper() const noexcept { return number_of(reads_.get()); }
  int for_worker() const noexcept { return number_of(writes_.get()); }

 private:
  descriptor reads_;
  descriptor writes_;
};

// Windows has no signals between processes: who is asked to end is ended, as who is killed, with all that it has started. Nobody
// is ever stopped, see `pause_wanted`.
enum class group_signal : unsigned char { stop, go_on, end, kill };

inline void signal_group(process_number process, group_signal what) noexcept {
  if (what != group_signal::end && what != group_signal::kill) return;
  if (const auto* const child = children::of_this_process().find(process)) child->job.end(ended_by_launcher);
}
inline void ask_for_stack_and_end(process_number process) noexcept { signal_group(process, group_signal::end); }

/// "was ended by an access violation (0xC0000005)", "exited with status 3".
inline std::string how_it_ended(int status) {
  const auto code = static_cast<unsigned>(status);
  static constexpr std::pair<unsigned, const char*> names[] = {{0x40010004, "a debugger"},
                                                               {0x80000003, "a breakpoint"},
                                                               {0xc0000005, "an access violation"},
                                                               {0xc0000006, "an error of paging in"},
                                                               {0xc0000017, "a lack of memory"},
                                                               {0xc000001d, "an illegal instruction"},
                                                               {0xc0000094, "a division by zero"},
                                                               {0xc0000096, "a privileged instruction"},
                                                               {0xc00000fd, "a stack overflow"},
                                                               {0xc0000135, "a DLL that is missing"},
                                                               {0xc000013a, "Ctrl-C"},
                                                               {0xc0000374, "a corrupted heap"},
                                                               {0xc0000409, "a fast failure, such as abort()"},
                                                               {0xe06d7363, "an exception that nothing caught"}};
  if (code == ended_by_launcher) return "was ended by the launcher";
  if (code == 3) return "exited with status 3, as abort() does";
  constexpr const char* hexadecimal = "0123456789ABCDEF";
  std::string number = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) number += hexadecimal[code >> shift & 0xf];
  for (const auto& [known, name] : names) {
    if (known == code) return std::string("was ended by ") + name + " (" + number + ")";
  }
  const bool is_of_system = code >> 28 == 0xc;  // NTSTATUS, an error
  return "exited with status " + (is_of_system ? number : std::to_string(status));
}

}  // namespace detail
APART_END_NAMESPACE
