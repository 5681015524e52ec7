// Any bytes are a journal of claims; what was written of it is understood, and garbage around it changes nothing.

#include <cstddef>
#include <cstdint>
#include <string>

#include <apart/run/detail/claim_journal.hpp>

#include "input.hpp"

using apart::detail::claim_record;
using apart::detail::read_journal;
using apart::detail::record_bytes;
using apart::detail::record_word;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input from(data, size);
  for (const std::string_view claim : read_journal(from.rest()).open) {
    static_cast<void>(record_bytes(claim));
  }

  const std::string kind = from.text() + "k";
  const std::string name = from.text() + "n";
  require(record_bytes(record_word(kind)) == kind, "a word comes back as it was");
  const std::string claim = "1 " + record_word(kind) + ' ' + record_word(name);
  const std::string garbage(from.rest());
  require(read_journal(garbage + claim_record('+', claim) + garbage).open.size() >= 1, "a claim is found in garbage");
  const std::string released = garbage + claim_record('+', claim) + garbage + claim_record('-', claim);
  for (const std::string_view open : read_journal(released).open) require(open != claim, "a released one is not open");
  const std::string whole = claim_record('+', claim);
  const auto cut = read_journal(std::string_view(whole).substr(0, whole.size() - 2));
  require(cut.open.empty() && cut.torn, "a record without its end is none");
  return 0;
}
