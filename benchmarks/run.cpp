// Locks of the run beside the locks that people use in their place, and what each leaves behind when its holder is killed;
// and how long processes wait for what another one has set up: each measures itself, beside what the machine takes for the like.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <apart/file/temp_dir.hpp>
#include <apart/name/unique_name.hpp>
#include <apart/run/claim.hpp>
#include <apart/run/per_run.hpp>
#include <apart/run/run_lock.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "side_by_side.hpp"

#if __has_include(<boost/interprocess/sync/named_mutex.hpp>)
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/sync/file_lock.hpp>
#include <boost/interprocess/sync/named_mutex.hpp>
#define WITH_BOOST 1
#endif

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

long now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// What the processes of the benchmark share; in each of them its ends have the same numbers.
int gate[2];
int answers[2];
bool waits_in_set_up = false;

double seconds(long nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

struct answer {
  long joined;    ///< how long its call took
  double spent;   ///< what it cost the process, in seconds
  long returned;  ///< since the set-up had returned
};

void say(const answer& mine) {
  if (::write(answers[1], &mine, sizeof mine) != sizeof mine) std::abort();
}

/// Its payload is when it returned. The leader's says that it has begun, and waits.
apart::per_run<long> server{"server", [] {
                              char byte = 0;
                              if (waits_in_set_up) {
                                say({});
                                if (::read(gate[0], &byte, 1) < 0) std::abort();
                              }
                              return now();
                            }};

/// `ends`: "gate,gate,answers,answers". Joins, says how long it took, and stays until the gate is closed.
int member(const char* ends, bool first) {
  if (std::sscanf(ends, "%d,%d,%d,%d", &gate[0], &gate[1], &answers[0], &answers[1]) != 4) return EXIT_FAILURE;
  ::close(gate[1]);
  waits_in_set_up = first;
  const long before = now();
  long set_up = 0;
  const double spent = cost_of_once([&set_up] { set_up = *server; });
  const long after = now();
  say({after - before, spent, after - set_up});
  char byte = 0;
  while (::read(gate[0], &byte, 1) > 0) {
  }
  return EXIT_SUCCESS;
}

pid_t start(const char* role) {
  const std::string ends = std::to_string(gate[0]) + ',' + std::to_string(gate[1]) + ',' + std::to_string(answers[0]) +
                           ',' + std::to_string(answers[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl("/proc/self/exe", "run", role, ends.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  return pid;
}

answer next_answer() {
  answer read{};
  if (::read(answers[0], &read, sizeof read) != sizeof read) std::abort();
  return read;
}

/// How many wait for a lock on a file below that directory (proc(5), /proc/locks: the sixth word of a line that begins
/// with a number and an arrow is its device and inode).
int lock_waiters(const fs::path& below) {
  std::set<std::string> inodes;
  std::error_code gone;  // while it was looked at
  for (fs::recursive_directory_iterator entry(below, gone); entry != fs::end(entry); entry.increment(gone)) {
    struct stat found {};
    if (::stat(entry->path().c_str(), &found) == 0) inodes.insert(std::to_string(found.st_ino));
  }
  std::ifstream locks("/proc/locks");
  int count = 0;
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, arrow, kind, mode, access, pid, place;
    words >> number >> arrow >> kind >> mode >> access >> pid >> place;
    if (arrow == "->" && inodes.count(place.substr(place.rfind(':') + 1)) != 0) ++count;
  }
  return count;
}

void end_of(pid_t pid) {
  if (::waitpid(pid, nullptr, 0) != pid) std::abort();
}

/// A run whose set-up has not returned yet, and processes that wait for it.
class run_of_processes {
 public:
  explicit run_of_processes(int waiting) : waiting_(waiting) {
    ::setenv("APART_TMPDIR", here_.path().c_str(), 1);
    ::setenv("APART_RUN_ID", apart::unique_name("benchmark").c_str(), 1);
    if (::pipe(gate) != 0 || ::pipe(answers) != 0) std::abort();
    members_.push_back(start("--leader"));
    next_answer();
    for (int i = 0; i < waiting; ++i) members_.push_back(start("--member"));
    while (lock_waiters(here_.path()) < waiting) ::usleep(1000);
  }
  ~run_of_processes() {
    for (const int end : {gate[0], gate[1], answers[0], answers[1]}) ::close(end);
    for (const pid_t pid : members_) end_of(pid);
  }
  run_of_processes(const run_of_processes&) = delete;
  run_of_processes& operator=(const run_of_processes&) = delete;

  /// Lets the set-up return; when the last of those that wait had the payload, in seconds after that.
  double set_up() {
    if (::write(gate[1], "", 1) != 1) std::abort();
    long last = 0;
    for (int i = 0; i <= waiting_; ++i) last = std::max(last, next_answer().returned);
    return seconds(last);
  }

  /// Another process comes, and stays.
  answer join() {
    members_.push_back(start("--member"));
    return next_answer();
  }

  /// So many come at the same time: what it costs each, the median.
  double join_at_once(int count) {
    for (int i = 0; i < count; ++i) members_.push_back(start("--member"));
    std::vector<double> joins;
    for (int i = 0; i < count; ++i) joins.push_back(next_answer().spent);
    return median(joins);
  }

  int members() const { return static_cast<int>(members_.size()); }

 private:
  apart::temp_dir here_{"run"};
  int waiting_;
  std::vector<pid_t> members_;
};

/// What any process costs that a test starts.
double time_of_true() {
  const long before = now();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl("/bin/true", "true", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  end_of(pid);
  return seconds(now() - before);
}

/// Processes wait in a bare flock for one that holds it: when the last of them has it, after it was released.
double time_of_flock(const fs::path& path, int waiting) {
  const int held = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (held < 0 || ::flock(held, LOCK_EX) != 0 || ::pipe(answers) != 0) std::abort();
  std::vector<pid_t> children;
  for (int i = 0; i < waiting; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) {
      const int mine = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
      const bool shared = ::flock(mine, LOCK_SH) == 0;
      say({0, 0, now()});
      ::_exit(shared ? EXIT_SUCCESS : EXIT_FAILURE);
    }
  }
  while (lock_waiters(path.parent_path()) < waiting) ::usleep(1000);
  const long released = now();
  ::flock(held, LOCK_UN);
  long last = 0;
  for (int i = 0; i < waiting; ++i) last = std::max(last, next_answer().returned);
  for (const pid_t pid : children) end_of(pid);
  for (const int end : {held, answers[0], answers[1]}) ::close(end);
  return seconds(last - released);
}

void measure_processes(int repetitions) {
  row waiting("4 processes that wait have the payload", "4 wait in flock", ours_at_most(2e-3, 10));
  row joining("per_run is set up, a process joins", "fork, exec, wait of true", ours_at_most(100e-6, 0.2));
  const apart::temp_dir here("flock");
  for (int i = 0; i < repetitions; ++i)
    waiting.add(run_of_processes(4).set_up(), time_of_flock(here.path() / "lock", 4));
  run_of_processes run(0);
  run.set_up();
  for (int i = 0; i < 5 * repetitions; ++i) {
    const double mine = seconds(run.join().joined);
    joining.add(mine, time_of_true());
  }
  joining.print();
  waiting.print();
}

// ---- kill -9 ---------------------------------------------------------------------------------------------------------------

constexpr auto patience = 2s;

/// A kind of lock: `take` locks, or tells that it could not within `patience`, and calls what it is given while it holds it.
struct lock_kind {
  const char* name;
  bool (*take)(const std::string& name, const std::function<void()>& holds);
  bool required;  ///< the next one has to get it
};

template <class Lock>
bool take_ours(const std::string& name, const std::function<void()>& holds) {
  const auto wait = apart::with_timeout(apart::context::background(), patience);
  try {
    const Lock lock(name, wait);
    holds();
    return true;
  } catch (const apart::cancelled_error&) {
    return false;
  }
}

/// By trial, since a flock has no time limit.
bool take_flock(const std::string& name, const std::function<void()>& holds) {
  const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const long end = now() + std::chrono::nanoseconds(patience).count();
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (now() > end) return false;
    ::usleep(100);
  }
  holds();
  ::close(file);
  return true;
}

#if defined(WITH_BOOST)
boost::posix_time::ptime boost_limit() {
  return boost::posix_time::microsec_clock::universal_time() +
         boost::posix_time::seconds(std::chrono::seconds(patience).count());
}
bool take_named_mutex(const std::string& name, const std::function<void()>& holds) {
  boost::interprocess::named_mutex mutex(boost::interprocess::open_or_create, fs::path(name).filename().c_str());
  if (!mutex.timed_lock(boost_limit())) return false;
  holds();
  mutex.unlock();
  return true;
}
bool take_file_lock(const std::string& name, const std::function<void()>& holds) {
  std::ofstream(name, std::ios::app).flush();
  boost::interprocess::file_lock lock(name.c_str());
  if (!lock.timed_lock(boost_limit())) return false;
  holds();
  lock.unlock();
  return true;
}
#endif

constexpr lock_kind lock_kinds[] = {
    {"run_lock", take_ours<apart::run_lock>, true},
    {"shared_run_lock", take_ours<apart::shared_run_lock>, true},
    {"flock", take_flock, false},
#if defined(WITH_BOOST)
    {"Boost named_mutex", take_named_mutex, false},
    {"Boost file_lock", take_file_lock, false},
#endif
};

/// A process that takes the lock of that number, says so, and holds it until its gate is closed.
int holder(const char* number, const char* name) {
  const auto say_and_wait = [] {
    char byte = 0;
    if (::write(STDOUT_FILENO, "", 1) != 1 || ::read(STDIN_FILENO, &byte, 1) < 0) std::abort();
  };
  return lock_kinds[std::atoi(number)].take(name, say_and_wait) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// A process with a role; its gate, and where it speaks.
struct held {
  pid_t pid;
  int gate;
  int said;
};
held start_with_gate(const char* role, std::size_t number, const std::string& name) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) std::abort();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execl("/proc/self/exe", "run", role, std::to_string(number).c_str(), name.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  return {pid, in[1], out[0]};
}

held start_holder(std::size_t number, const std::string& name) { return start_with_gate("--holder", number, name); }

/// Regular files below the lock's directories.
std::set<std::string> files_of(const fs::path& here) {
  std::set<std::string> found;
  for (const fs::path& place : {here, fs::path("/dev/shm")}) {
    for (const auto& entry : fs::recursive_directory_iterator(place, fs::directory_options::skip_permission_denied)) {
      if (entry.is_regular_file()) found.insert(entry.path().string());
    }
  }
  return found;
}

/// Whether the next one gets the lock of one that was killed by SIGKILL, how long after, and which files are there when
/// both are gone and, where it is ours, another run has begun and ended.
void kill_holder(std::size_t number) {
  const lock_kind& kind = lock_kinds[number];
  const apart::temp_dir here("killed");
  ::setenv("APART_TMPDIR", here.path().c_str(), 1);
  ::setenv("APART_RUN_ID", apart::unique_name("benchmark").c_str(), 1);
  const std::set<std::string> before = files_of(here.path());
  const std::string name = (kind.required ? fs::path() : here.path()) / apart::unique_name("lock");
  const held first = start_holder(number, name);
  char byte = 0;
  if (::read(first.said, &byte, 1) != 1) std::abort();
  const held next = start_holder(number, name);
  ::usleep(100'000);  // it is there and waits, or will be later: only the figure says more than that
  const long killed = now();
  ::kill(first.pid, SIGKILL);
  const bool got = ::read(next.said, &byte, 1) == 1;
  const double after = seconds(now() - killed);
  for (const held& each : {first, next}) {
    ::close(each.gate);
    ::close(each.said);
    end_of(each.pid);
  }
  if (kind.required) {
    ::setenv("APART_RUN_ID", apart::unique_name("benchmark").c_str(), 1);
    const held of_another_run = start_holder(number, name);
    if (::read(of_another_run.said, &byte, 1) != 1) std::abort();
    ::close(of_another_run.gate);
    ::close(of_another_run.said);
    end_of(of_another_run.pid);
  }
  std::string left;
  for (const std::string& file : files_of(here.path())) {
    if (before.count(file) != 0) continue;
    const bool below = file.rfind(here.path().string(), 0) == 0;
    left += (left.empty() ? "" : ", ") + quoted(below ? fs::path(file).lexically_relative(here.path()).string() : file);
    if (!below) fs::remove(file);
  }
  std::printf(R"({"killed": "%s", "next": %s, "left": [%s], "required": %s})", kind.name,
              got ? std::to_string(after).c_str() : "null", left.c_str(), kind.required ? "true" : "false");
  std::puts("");
}

// ---- growth ----------------------------------------------------------------------------------------------------------------

apart::claim_handler schemas{"schema", [](std::string_view) {}};

/// A process that claims so much, says so, and waits to be killed.
int claimer(const char* count) {
  std::vector<apart::claim> claims;
  for (int i = std::atoi(count); i > 0; --i) claims.emplace_back("schema", apart::unique_name("orders"));
  char byte = 0;
  return ::write(STDOUT_FILENO, "", 1) == 1 && ::read(STDIN_FILENO, &byte, 1) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// The next process of its run, which cleans up when it ends.
int cleaner() {
  benchmark::DoNotOptimize(apart::run_lock("table"));
  return EXIT_SUCCESS;
}

/// What the next process spends.
double clean_up_after(int claims) {
  const held killed = start_with_gate("--claimer", static_cast<std::size_t>(claims), "");
  char byte = 0;
  if (::read(killed.said, &byte, 1) != 1) std::abort();
  ::kill(killed.pid, SIGKILL);
  end_of(killed.pid);
  const held next = start_with_gate("--cleaner", 0, "");
  struct rusage spent {};
  if (::wait4(next.pid, nullptr, 0, &spent) != next.pid) std::abort();
  for (const int end : {killed.gate, killed.said, next.gate, next.said}) ::close(end);
  return static_cast<double>(spent.ru_utime.tv_sec + spent.ru_stime.tv_sec) +
         static_cast<double>(spent.ru_utime.tv_usec + spent.ru_stime.tv_usec) * 1e-6;
}

int measure_growth() {
  {
    growth one("a process joins, when so many have", "flat");
    run_of_processes run(0);
    run.set_up();
    for (const int size : {1, 3, 10, 30, 100, 300, 1000}) {
      while (run.members() < size) run.join();
      std::vector<double> joins;
      for (int i = 0; i < 5; ++i) joins.push_back(run.join().spent);
      one.add(size, median(joins));
    }
    one.print();
  }
  growth at_once("so many processes join at once, each", "flat");
  for (const int size : {1, 3, 10, 30, 100, 300, 1000}) {
    run_of_processes run(0);
    run.set_up();
    at_once.add(size, run.join_at_once(size));
  }
  at_once.print();

  static const apart::temp_dir here("claims");  // outlives the journal of this process
  ::setenv("APART_TMPDIR", here.path().c_str(), 1);
  ::setenv("APART_RUN_ID", apart::unique_name("benchmark").c_str(), 1);
  growth held_claims("a claim, made and released, among so many", "flat");
  growth cleaned("clean-up of so many claims of a killed process", "linear");
  std::vector<apart::claim> claims;
  for (const int size : {1, 10, 100, 1000, 10'000}) {
    while (static_cast<int>(claims.size()) < size) claims.emplace_back("schema", apart::unique_name("orders"));
    held_claims.add(size, cost_of_each(100, [] { apart::claim("schema", "orders").release(); }));
    std::vector<double> times;
    for (int round = 0; round < 3; ++round) times.push_back(clean_up_after(size));
    cleaned.add(size, median(times));
  }
  for (apart::claim& each : claims) each.release();
  held_claims.print();
  cleaned.print();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--claimer") == 0) return claimer(argv[2]);
  if (argc == 4 && std::strcmp(argv[1], "--cleaner") == 0) return cleaner();
  if (argc == 2 && std::strcmp(argv[1], "--growth") == 0) return measure_growth();
  if (argc == 3 && std::strcmp(argv[1], "--leader") == 0) return member(argv[2], true);
  if (argc == 3 && std::strcmp(argv[1], "--member") == 0) return member(argv[2], false);
  if (argc == 4 && std::strcmp(argv[1], "--holder") == 0) return holder(argv[2], argv[3]);
  side_by_side locks;
  const apart::temp_dir here("rival");
  const int file = ::open((here.path() / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return EXIT_FAILURE;
  const auto raw = [file](int how) {
    return [file, how] {
      ::flock(file, how);
      ::flock(file, LOCK_UN);
    };
  };
  const auto exclusive = [] { benchmark::DoNotOptimize(apart::run_lock("table")); };
  const auto shared = [] { benchmark::DoNotOptimize(apart::shared_run_lock("table")); };
  locks.compare(ratio_at_most(1.5), "run_lock", exclusive, "flock, exclusive", raw(LOCK_EX));
  locks.compare(ratio_at_most(3), "shared_run_lock", shared, "flock, shared", raw(LOCK_SH));
#if defined(WITH_BOOST)
  const std::string mutex_name = apart::unique_name("benchmark");
  boost::interprocess::named_mutex mutex(boost::interprocess::open_or_create, mutex_name.c_str());
  boost::interprocess::file_lock lock((here.path() / "lock").c_str());
  locks.compare(no_target(), "run_lock", exclusive, "Boost named_mutex", [&] {
    mutex.lock();
    mutex.unlock();
  });
  locks.compare(no_target(), "run_lock", exclusive, "Boost file_lock", [&] {
    lock.lock();
    lock.unlock();
  });
#else
  std::fputs("Boost.Interprocess was not found: not compared\n", stderr);
#endif
  const int status = locks.run(argc, argv);
#if defined(WITH_BOOST)
  boost::interprocess::named_mutex::remove(mutex_name.c_str());
#endif
  ::close(file);
  if (status != EXIT_SUCCESS) return status;
  measure_processes(21);
  for (std::size_t number = 0; number < std::size(lock_kinds); ++number) kill_holder(number);
}
