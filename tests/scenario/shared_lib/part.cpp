#include "scenario/shared_lib/part.hpp"

#include <string>

#include <apart/apart.hpp>

#include <unistd.h>

#include "scenario/shared_lib/places.hpp"

namespace {

int report_to = -1;
int initialized = 0;
const apart::initializer counts{own_name, [] { ++initialized; }};

struct reporter {
  std::string text = own_name;
  ~reporter() {
    const std::string line = "-" + text + " ";
    if (::write(report_to, line.data(), line.size()) < 0) _exit(9);
  }
};
apart::per_process<reporter> object{[] { return reporter(); }};

}  // namespace

void describe(int told_report_to, part_of_program& told) {
  report_to = told_report_to;
  told = {places_seen_here(),
          &initialized,
          []() -> const std::string& { return object->text; },
          [] { throw apart::error("from a part"); },
          [](bool& called) {
            static const apart::on_cancel heard(apart::context::process(), [&called] { called = true; });
          },
          [] { return apart::unique_name(); }};
}
