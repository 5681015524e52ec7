// The record of a set-up comes back as it was written, a changed one is refused, and any bytes are one or the other.

#include <cstddef>
#include <cstdint>
#include <string>

#include <apart/run/detail/set_up_record.hpp>

#include "input.hpp"

using apart::detail::parse_record;
using apart::detail::record_text;
using apart::detail::set_up_record;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input from(data, size);
  set_up_record read;
  static_cast<void>(parse_record(from.rest(), read));
  static_cast<void>(parse_record(apart::detail::sealed_text(apart::detail::set_up_record_kind, from.rest()), read));

  set_up_record record;
  record.generation = from.byte();
  record.state = static_cast<apart::detail::set_up_state>("nbrfl"[from.byte() % 5]);
  record.name = from.text();
  record.who = from.text();
  record.layout = from.text();
  record.needs = from.text();
  for (int uses = from.byte() % 4; uses > 0; --uses) record.uses.push_back(from.text() + "x");
  record.attempt = from.byte();
  const std::uint8_t where = from.byte();
  record.payload = from.rest();

  const std::string text = record_text(record);
  require(parse_record(text, read), "what was written can be read");
  require(read.generation == record.generation && read.state == record.state && read.name == record.name &&
              read.who == record.who && read.layout == record.layout && read.needs == record.needs &&
              read.uses == record.uses && read.attempt == record.attempt && read.payload == record.payload,
          "it comes back as it was");
  std::string changed = text;
  changed[where % changed.size()] ^= 4;
  require(!parse_record(changed, read), "one changed bit is noticed");
  require(!parse_record(std::string_view(text).substr(0, where % text.size()), read), "so is a missing end");
  return 0;
}
