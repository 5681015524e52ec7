// Compiled twice: each uses both objects before, while and after the other's static objects live.

#include "scenario/static_order/unit.hpp"

#include <string>

#include <apart/apart.hpp>

namespace {

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

void use_everything(const char* when) {
  require(apart::unique_name() != apart::unique_name(), when);
  require(apart::this_worker().count == 1, when);
  apart::scoped_context work = apart::with_cancel(apart::context::process());
  bool heard = false;
  const apart::on_cancel told(work, [&heard] { heard = true; });
  work.cancel();
  require(heard && work.cancelled(), when);
  const apart::scoped_env variable("APART_STATIC_ORDER", "set");
  const apart::temp_dir directory;
  apart::temp_file file;
  file.write("text");
  require(file.read() == "text", when);
}

struct user {
  user() {
    require(!main_has_run, "static initialisers run before main");
    use_everything("before main");
    require(*first_object == "first_object" && *second_object == "second_object", "objects are there before main");
  }
  ~user() {
    require(main_has_run, "static destructors run after main");
    use_everything("after main");
    require(*first_object == "first_object" && *second_object == "second_object",
            "what a constructor built outlives it");
  }
} user_of_everything;

const apart::initializer registered{TEXT(APART_UNIT), [] {}};

}  // namespace

apart::per_process<std::string> APART_UNIT{[] { return std::string(TEXT(APART_UNIT)); }};
