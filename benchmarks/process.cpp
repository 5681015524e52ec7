// Objects of a process beside a function-local static, which is what people write in their place.

#include <string>

#include <apart/process/per_process.hpp>

#include "side_by_side.hpp"

namespace {

struct client {
  std::string address;
};

/// Not known to the compiler, so that the static is not constant-initialised.
client make() {
  std::string address = "localhost";
  benchmark::DoNotOptimize(address);
  return {address};
}

apart::per_process ours{&make};

__attribute__((noinline)) client& local_static() {
  static client object = make();
  benchmark::DoNotOptimize(&object);
  return object;
}
__attribute__((noinline)) client& per_process_object() {
  client& object = *ours;
  benchmark::DoNotOptimize(&object);
  return object;
}

}  // namespace

int main(int argc, char** argv) {
  side_by_side process;
  for (const int threads : {1, 2}) {
    process.compare(
        ratio_at_most(1.2), "*per_process", [] { benchmark::DoNotOptimize(&per_process_object()); },  //
        "function-local static", [] { benchmark::DoNotOptimize(&local_static()); }, threads);
  }
  return process.run(argc, argv);
}
