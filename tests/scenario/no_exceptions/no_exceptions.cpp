#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <apart/apart.hpp>

namespace {

apart::per_process<int> built{[] { return 7; }};
apart::per_process<int> needs_itself{[]() -> int { return 1 + *needs_itself; }};

}  // namespace

/// Does what its argument says. All but "works" end in an abort, which is told from other crashes by the exit status.
int main(int, char** arguments) {
  const std::string_view what = arguments[1];
  std::signal(SIGABRT, [](int) { std::_Exit(3); });
  if (what == "works") {
    const apart::temp_dir directory;
    const apart::scoped_context work = apart::with_cancel(apart::context::process());
    apart::initialize_process();
    return *built == 7 && apart::unique_name() != apart::unique_name() && !work.cancelled() ? EXIT_SUCCESS
                                                                                            : EXIT_FAILURE;
  }
  if (what == "cycle") return *needs_itself;
  if (what == "initializer") {
    static const apart::initializer lonely{"lonely", {"nobody"}, [] {}};
    apart::initialize_process();
  }
  if (what == "context") {
    apart::scoped_context work = apart::with_cancel(apart::context::background());
    work.cancel("with a cause");
    work.throw_if_cancelled();
  }
  return EXIT_FAILURE;
}
