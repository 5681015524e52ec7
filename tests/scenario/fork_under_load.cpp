#include <atomic>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <apart/apart.hpp>

#include <unistd.h>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"
#include "support/sanitizer.hpp"

namespace {

using namespace std::chrono_literals;
using apart::context;

apart::per_process fails{[]() -> int { throw std::runtime_error("again"); }};
apart::per_run seven{"number of fork_under_load", [] { return 7; }};
apart::per_process built{[] { return ::getpid(); }};

/// One use of each part of the library that takes a lock, the first one beside the first forks.
const std::vector<std::function<void()>> uses{
    [] { static_cast<void>(apart::unique_name() + apart::short_unique_name()); },
    [] { static_cast<void>(support::error_of([] { static_cast<void>(*fails); })); },
    [] { static_cast<void>(*built); },
    [] { const apart::initializer registered("another", [] {}); },
    [] {
      apart::scoped_context work = apart::with_timeout(context::process(), 1h);
      const apart::on_cancel told(work, [] {});
      static_cast<void>(work.wait_for(1us));
      work.cancel();
    },
    [] { static_cast<void>(apart::with_timeout(context::process(), 100us).wait_for(200us)); },
    [] {
      const apart::temp_dir directory;
      apart::temp_file file;
      file.write("text");
    },
    [] {
      int count = 0;
      static_cast<void>(apart::detail::set_up_entry::find("nobody's", count));
      static_cast<void>(support::error_of([] { static_cast<void>(*seven); }));  // refused where the parent had none yet
    },
    [] { apart::this_test::on_cleanup([] {}); },
};

}  // namespace

TEST_CASE("a child that is forked while threads use every part of the library uses them all",
          support::forks_beside_threads) {
  const apart::report_handler former = apart::set_report_handler([](const char*) {});  // initializers come late here
  std::atomic<bool> stop{false};
  std::vector<std::thread> load;
  for (const auto& use : uses) {
    load.emplace_back([&stop, &use] {
      while (!stop) use();
    });
  }
  int whole = 0;
  for (int i = 0; i < 50; ++i) {
    const support::ended child = support::in_child([](int output) {
      ::alarm(30);  // a lock that is not free is a hang
      for (const auto& use : uses) use();
      std::vector<std::thread> threads;
      for (const auto& use : uses) threads.emplace_back(use);
      for (std::thread& thread : threads) thread.join();
      apart::finalize_process();
      support::write_all(output, "whole");
    });
    CHECK(child.status == 0);
    CHECK(child.output == "whole");
    whole += child.well() && child.output == "whole" ? 1 : 0;
  }
  stop = true;
  for (std::thread& thread : load) thread.join();
  apart::this_test::run_cleanups();
  apart::set_report_handler(former);
  CHECK(whole == 50);
}
