// The paths that tests go through often. Below callgrind each is counted by itself: a dump after `times` runs, which bears the
// path's name. Without valgrind it runs them and counts nothing. With an argument it prints what compiled it.

#include <cstdio>
#include <string>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/detail/wire.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/file/temp_file.hpp>
#include <apart/launch/plan.hpp>
#include <apart/name/short_unique_name.hpp>
#include <apart/name/unique_id.hpp>
#include <apart/name/unique_name.hpp>
#include <apart/process/per_process.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/per_run.hpp>
#include <apart/run/run_lock.hpp>

#include <features.h>
#include <valgrind/callgrind.h>

namespace {

apart::per_process counter{[] { return 1; }};
apart::per_run address{"address", [] { return std::string("127.0.0.1:5432"); }};

/// Keeps the optimiser from leaving out what makes `value`.
template <class T>
void use(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

/// What is done once in a process, the first time, does not count.
template <class Path>
void count(const char* name, int times, Path path) {
  path();
  path();
  CALLGRIND_ZERO_STATS;
  for (int i = 0; i < times; ++i) path();
  CALLGRIND_DUMP_STATS_AT(name);
}

void names() {
  const std::string original = apart::unique_name("orders");
  count("copy of a string", 1000, [&] { use(std::string(original)); });
  count("unique_name", 1000, [] { use(apart::unique_name("orders")); });
  count("unique_name by a rule", 1000, [] { use(apart::unique_name(apart::rules::postgresql, "orders")); });
  count("short_unique_name", 1000, [] { use(apart::short_unique_name("orders")); });
  count("unique_uuid", 1000, [] { use(apart::unique_uuid()); });
}

void contexts_and_processes() {
  const apart::scoped_context parent = apart::with_cancel(apart::context::background());
  count("context::cancelled", 1000, [&] { use(parent.cancelled()); });
  count("with_cancel", 1000, [&] { use(apart::with_cancel(parent)); });
  count("*per_process", 1000, [] { use(*counter); });
  count("this_worker", 1000, [] { use(apart::this_worker().index); });
}

void runs_and_files() {
  count("run_lock", 100, [] { use(apart::run_lock("database")); });
  count("shared_run_lock", 100, [] { use(apart::shared_run_lock("table")); });
  count("per_run that is set up", 1000, [] { use(*address); });
  count("temp_file", 100, [] { use(apart::temp_file()); });
  count("temp_dir", 100, [] { use(apart::temp_dir()); });
}

void launcher() {
  using apart::detail::message;
  count("a message written and read", 1000, [] {
    const std::string bytes = apart::detail::wire_writer(message::need).number(7).text("address").bytes();
    apart::detail::wire_reader reader(bytes.substr(4));
    use(reader.number());
    use(reader.text());
  });
  std::vector<apart::planned_test> tests;
  for (int i = 0; i < 10'000; ++i) tests.push_back({"test " + std::to_string(i), false});
  count("a plan of 10,000 tests, taken one by one", 1, [&] {
    apart::plan plan(tests);
    while (plan.has_more()) use(plan.take(1));
  });
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
    std::printf("%s, glibc %d.%d, %d bits\n", __VERSION__, __GLIBC__, __GLIBC_MINOR__, __WORDSIZE);
    return 0;
  }
  names();
  contexts_and_processes();
  runs_and_files();
  launcher();
}
