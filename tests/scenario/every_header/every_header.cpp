#include "scenario/every_header/seen.hpp"

/// Two units that include everything are parts of one program, with one state.
int main() {
  const seen one = first();
  const seen other = second();
  const bool same = one.worker == other.worker && one.token == other.token;
  return same && one.id != other.id && one.name != other.name ? 0 : 1;
}
