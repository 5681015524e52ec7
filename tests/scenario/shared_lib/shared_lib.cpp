#include <string>

#include <apart/apart.hpp>

#include <dlfcn.h>

#include "catch.hpp"
#include "scenario/shared_lib/part.hpp"
#include "scenario/shared_lib/places.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"

namespace {

using support::contains;
using support::in_child;
using support::write_all;

/// Opens the plug-in, and closes it again at once: what it has told goes on to be used.
part_of_program open_and_close_plug_in(int report_to) {
  void* const library = ::dlopen(APART_PLUG_IN, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const auto describe = reinterpret_cast<describe_part>(::dlsym(library, "describe_plug_in"));
  part_of_program told{};
  describe(report_to, told);
  ::dlclose(library);
  return told;
}

#if defined(APART_WITH_PARTS)
part_of_program left(int report_to) {
  part_of_program told{};
  describe_left(report_to, told);
  return told;
}

part_of_program right(int report_to) {
  part_of_program told{};
  describe_right(report_to, told);
  return told;
}
#endif

}  // namespace

#if defined(APART_WITH_PARTS)

TEST_CASE("an executable, its shared objects and a plug-in have one of each object of the library") {
  const support::ended said = in_child([](int output) {
    const auto places = places_seen_here();
    const bool one = left(output).places == places && right(output).places == places &&
                     open_and_close_plug_in(output).places == places;
    write_all(output, one ? "one" : "several");
  });
  CHECK(said.output == "one");
}

TEST_CASE("initialize_process in the executable runs what its shared objects and a plug-in have registered, once") {
  const support::ended said = in_child([](int output) {
    const part_of_program plug_in = open_and_close_plug_in(output);
    apart::initialize_process();
    apart::initialize_process();
    write_all(output, std::to_string(*left(output).initialized) + std::to_string(*right(output).initialized) +
                          std::to_string(*plug_in.initialized));
  });
  CHECK(said.output == "111");
}

TEST_CASE("objects of several parts are destroyed in reverse order of construction") {
  const support::ended said = in_child([](int output) {
    const part_of_program plug_in = open_and_close_plug_in(output);
    static_cast<void>(right(output).object());
    static_cast<void>(plug_in.object());
    static_cast<void>(left(output).object());
    const support::ended forked = in_child([&](int) { static_cast<void>(plug_in.object()); });
    write_all(output, forked.well() ? "forked " : "failed ");
  });
  CHECK(said.well());
  CHECK(said.output == "-describe_plug_in forked -describe_left -describe_plug_in -describe_right ");
}

TEST_CASE("an error of one part is caught as such in another, and a cancel is heard in all") {
  const support::ended said = in_child([](int output) {
    bool in_left = false, in_plug_in = false;
    left(output).call_on_cancel(in_left);
    const part_of_program plug_in = open_and_close_plug_in(output);
    plug_in.call_on_cancel(in_plug_in);
    apart::detail::process_contexts::instance().process()->cancel("interrupted");
    write_all(output, in_left && in_plug_in ? "heard " : "not heard ");
    write_all(output, support::error_of(right(output).throw_error));
    write_all(output, support::error_of(plug_in.throw_error));
  });
  CHECK(said.output == "heard from a partfrom a part");
}

#else

TEST_CASE("a plug-in with a copy of the library of its own is reported, works, and draws other names") {
  const support::ended said = in_child([](int output) {
    ::dup2(output, STDERR_FILENO);
    const part_of_program plug_in = open_and_close_plug_in(output);
    std::string text = plug_in.places == places_seen_here() ? "one" : "several";
    text += " " + plug_in.object() + (plug_in.name() != apart::unique_name() ? " differ" : " equal");
    apart::initialize_process();
    text += std::to_string(*plug_in.initialized) + " ";
    write_all(output, text);
  });
  CHECK(said.well());
  CHECK(contains(said.output, "apart: " APART_PLUG_IN " has a copy of the library of its own"));
  CHECK(contains(said.output, "-rdynamic"));
  CHECK(contains(said.output, "several describe_plug_in differ0 -describe_plug_in "));
}

#endif
