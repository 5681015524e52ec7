// Locks of the run beside the locks of the kernel that people use in their place.

#include <cstdlib>
#include <string>

#include <apart/file/temp_dir.hpp>
#include <apart/run/run_lock.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "side_by_side.hpp"

int main(int argc, char** argv) {
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
  locks.compare(
      "run_lock", [] { benchmark::DoNotOptimize(apart::run_lock("table")); }, "flock, exclusive", raw(LOCK_EX));
  locks.compare(
      "shared_run_lock", [] { benchmark::DoNotOptimize(apart::shared_run_lock("table")); }, "flock, shared",
      raw(LOCK_SH));
  const int status = locks.run(argc, argv);
  ::close(file);
  return status;
}
