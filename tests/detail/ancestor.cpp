#include <apart/detail/ancestor.hpp>

#include <cstdlib>
#include <string>

#include <sys/prctl.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/child.hpp"

using apart::detail::nearest_ancestor;
using apart::detail::parse_process_status;

namespace {

/// In a child: what its own child, or a shell's child, sees above it.
std::string seen_by_grandchild(const char* name) {
  return support::in_child([name](int output) {
           const auto found = nearest_ancestor(name);
           support::write_all(output,
                              found ? std::to_string(found->id) + " " + std::to_string(found->started) : "none");
         })
      .output;
}

}  // namespace

TEST_CASE("a status is read whatever the name of the program is made of") {
  const std::string tail = " S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 4096 1";
  for (const std::string name : {"ctest", "a b", "c) S 9 (", ")", ""}) {
    const auto read = parse_process_status("42 (" + name + ")" + tail);
    REQUIRE(read);
    CHECK(read->name == name);
    CHECK(read->parent == 17);
    CHECK(read->process.id == 42);
    CHECK(read->process.started == 98765);
  }
  for (const char* const junk : {"", "42", "42 (ctest", "42 )(", "42 (ctest)", "42 (ctest) S 17 1 1 0 -1"}) {
    CHECK_FALSE(parse_process_status(junk));
  }
}

TEST_CASE("the nearest process of that name is found, however many are between, and never the process itself") {
  const support::ended said = support::in_child([](int output) {
    ::prctl(PR_SET_NAME, "outer one");
    const std::string from_child = seen_by_grandchild("outer one");
    const std::string from_grandchild = support::in_child([](int inner) {
                                          ::prctl(PR_SET_NAME, "between");
                                          support::write_all(inner, seen_by_grandchild("outer one"));
                                        }).output;
    const std::string inner = support::in_child([](int inner_output) {
                                support::write_all(inner_output, seen_by_grandchild("outer one"));
                              }).output;
    const bool same = from_child == from_grandchild;
    support::write_all(output, same && from_child.rfind(std::to_string(::getpid()) + " ", 0) == 0 && inner != from_child
                                   ? "found"
                                   : from_child + "; " + from_grandchild + "; " + inner);
    if (nearest_ancestor("outer one")) std::abort();
  });
  CHECK(said.output == "found");
  CHECK(said.well());
}

TEST_CASE("where there is none, none is found") {
  CHECK_FALSE(nearest_ancestor("no such program"));
  CHECK_FALSE(nearest_ancestor(""));
}

TEST_CASE("a process that has lost its parent finds none above itself") {
  const support::ended said = support::in_child([](int output) {
    ::prctl(PR_SET_NAME, "dies first");
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    if (::fork() == 0) {
      ::close(ends[1]);
      char byte = 0;
      while (::read(ends[0], &byte, 1) < 0) {
      }
      while (nearest_ancestor("dies first")) {
      }
      support::write_all(output, "none");
      ::_exit(0);
    }
    ::_exit(0);
  });
  CHECK(said.output == "none");
}
