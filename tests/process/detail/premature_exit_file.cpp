#include <apart/process/detail/premature_exit_file.hpp>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/self.hpp"

#if defined(SUPPORT_FORKS)
#include <unistd.h>
#include <csignal>
#endif

using apart::detail::premature_exit_file;
namespace fs = std::filesystem;

namespace {

#if defined(SUPPORT_FORKS)
/// A process that a runner told of `file`.
template <class Body>
support::ended told_of(const std::string& file, Body body) {
  return support::in_child([&](int output) {
    ::setenv("TEST_PREMATURE_EXIT_FILE", file.c_str(), 1);
    body(output);
  });
}
#endif

}  // namespace

#if defined(SUPPORT_FORKS)
TEST_CASE("the file is there while tests run, and gone afterwards") {
  const support::place here;
  const fs::path file = here.path() / "exit";
  CHECK(told_of(file, [&](int output) {
          {
            const premature_exit_file running;
            support::write_all(output, fs::exists(file) ? "there " : "not there ");
          }
          support::write_all(output, fs::exists(file) ? "there" : "gone");
        }).output == "there gone");
}

TEST_CASE("it is also gone after tests that failed by an exception, and one that a killed run left is taken over") {
  const support::place here;
  const fs::path file = here.path() / "exit";
  support::write_file(file, "left");
  CHECK(told_of(file, [&](int output) {
          try {
            const premature_exit_file running;
            support::write_all(output, support::text_of(file));
            throw std::runtime_error("a test failed");
          } catch (const std::runtime_error&) {
          }
        }).output == "0");
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("it stays when the process ends in the middle, by whatever") {
  const support::place here;
  const fs::path file = here.path() / "exit";
  void (*const ends[])() = {[] { std::exit(0); }, [] { ::_exit(0); },       [] { std::quick_exit(0); },
                            [] { std::abort(); }, [] { ::raise(SIGKILL); }, [] { ::raise(SIGTERM); }};
  for (void (*const end)() : ends) {
    fs::remove(file);
    static_cast<void>(told_of(file, [&](int) {
      const premature_exit_file running;
      std::signal(SIGABRT, SIG_DFL);
      std::signal(SIGTERM, SIG_DFL);
      end();
    }));
    CHECK(fs::exists(file));
  }
}

TEST_CASE("the end of a forked child, and of a program that a test starts, leaves it alone") {
  const support::place here;
  const fs::path file = here.path() / "exit";
  CHECK(told_of(file, [&](int output) {
          {
            const premature_exit_file running;
            const pid_t forked = ::fork();
            if (forked != 0) {
              int status = 0;
              ::waitpid(forked, &status, 0);
              support::write_all(output, fs::exists(file) ? "there " : "gone ");
              const support::ended started =
                  support::in_child([](int inner) { support::become_self("keeps one", inner); });
              support::write_all(output, started.output + (fs::exists(file) ? "there" : "gone"));
            }
          }
        }).output == "there ran there");
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("keeps one", "[.][self]") {
  if (support::output_of_self() < 0) return;
  const premature_exit_file running;
  support::write_all(support::output_of_self(), "ran ");
}

TEST_CASE("it is the same file when a test has changed the working directory, or has removed the file") {
  const support::place here;
  CHECK(told_of("exit", [&](int output) {
          fs::current_path(here.path());
          {
            const premature_exit_file running;
            support::write_all(output, fs::exists(here.path() / "exit") ? "there " : "");
            fs::current_path("/");
          }
          support::write_all(output, fs::exists(here.path() / "exit") ? "stays" : "gone");
        }).output == "there gone");
  CHECK(told_of(here.path() / "exit", [&](int output) {
          apart::set_report_handler([](const char*) { std::abort(); });
          const premature_exit_file running;
          fs::remove(here.path() / "exit");
          support::write_all(output, "removed");
        }).well());
}

TEST_CASE("where no runner names one, there is none; where it cannot be made, the variable and the path are named") {
  const support::place here;
  const auto keep = [](int output) { support::write_all(output, support::error_of([] { premature_exit_file(); })); };
  CHECK(told_of("", keep).output.empty());
  CHECK(support::in_child([&](int output) {
          ::unsetenv("TEST_PREMATURE_EXIT_FILE");
          keep(output);
        }).output.empty());
  const std::string absent = here.path() / "absent" / "exit";
  CHECK(told_of(absent, keep).output ==
        "TEST_PREMATURE_EXIT_FILE='" + absent + "' (cannot be made): No such file or directory");
}
#elif defined(SUPPORT_SELF)
TEST_CASE("the file is there while tests run, gone afterwards, and stays when the process ends in the middle") {
  const support::place here;
  const fs::path file = here.path() / "file";
  const std::string text = file.string();
  for (const char* const how : {"returns", "exits"}) {
    support::self process("keeps one", {{"TEST_PREMATURE_EXIT_FILE", text}, {"ENDS", how}});
    CHECK(process.hear() == "emptied");
    CHECK(support::text_of(file) == "0");
    process.let_go_on();
    process.wait();
    CHECK(fs::exists(file) == (how == std::string("exits")));
  }
}
TEST_CASE("keeps one", "[.][self]") {
  const premature_exit_file kept;
  support::say(std::getenv("TEST_PREMATURE_EXIT_FILE") == nullptr ? "emptied" : "inherited");
  support::wait_to_go_on();
  if (std::string(std::getenv("ENDS")) == "exits") std::_Exit(0);
}
#endif
