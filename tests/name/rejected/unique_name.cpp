#include <apart/name/short_unique_name.hpp>
#include <apart/name/unique_id.hpp>
#include <apart/name/unique_name.hpp>

namespace own {

using apart::byte_set;
using apart::name_rule;

inline constexpr byte_set letters{'a', 'z'};
inline constexpr byte_set all = letters | byte_set{'0', '9'} | "-";

inline constexpr name_rule good{"good", letters, all, all, 1, 16};
inline constexpr name_rule least_above_greatest{"bad", letters, all, all, 64, 63};
inline constexpr name_rule without_room{"bad", letters, all, all, 1, 15};
inline constexpr name_rule without_start{"bad", "", all, all, 1, 63};
inline constexpr name_rule without_bytes{"bad", letters, "", "", 1, 63};
inline constexpr name_rule without_separator{"bad", letters, all - "-", all, 1, 63};

}  // namespace own

std::string use();
std::string use() {
  using namespace own;
  std::string name = apart::unique_name<good>("a");
#if defined(REFUSED_LENGTHS)  // least length is above its greatest
  name = apart::unique_name<least_above_greatest>("a");
#elif defined(REFUSED_NO_ROOM)             // no room for a prefix and the unique part
  name = apart::unique_name<without_room>("a");
#elif defined(REFUSED_NO_START)            // no byte at the start
  name = apart::unique_name<without_start>("a");
#elif defined(REFUSED_ALPHABET)            // must allow bcdfghjklmnpqrstvwxz2456789
  name = apart::unique_name<without_bytes>("a");
#elif defined(REFUSED_SEPARATOR)           // separator may not stand in the middle
  name = apart::unique_name<without_separator>("a");
#elif defined(REFUSED_NULL)                // deleted
  name = apart::unique_name(nullptr);
#elif defined(REFUSED_NULL_AFTER_RULE)     // deleted
  name = apart::unique_name(good, nullptr);
#elif defined(REFUSED_NULL_SHORT)          // deleted
  name = apart::short_unique_name(nullptr);
#elif defined(REFUSED_CREATE_RETURNS_INT)  // must return exactly bool
  name = apart::create_unique(good, "a", [](const std::string&) { return 0; });
#elif defined(REFUSED_IGNORED_NAME)        // nodiscard|unused-result
  apart::unique_name();
#elif defined(REFUSED_IGNORED_ID)          // nodiscard|unused-result
  apart::unique_id();
#else
  name = apart::create_unique(good, "a", [](const std::string&) { return true; });
#endif
  return name;
}
