// The end of each unit, where everything has been included: what it says of the program's state.

#include <string>

#include "scenario/every_header/seen.hpp"

seen UNIT() {
  return {&apart::this_worker(), apart::unique_id(), apart::unique_name(), apart::context::process().token()};
}
