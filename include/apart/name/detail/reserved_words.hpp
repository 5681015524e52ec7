#pragma once

#include <cstddef>
#include <string_view>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Words with a blank between two of them, in small letters where case does not count. Whoever looks for one takes the text
/// apart: as a constant expression each file that includes this would pay for it.
class word_list {
 public:
  /// `longest`: of the words.
  template <std::size_t Size>
  constexpr word_list(const char (&text)[Size], std::size_t longest) noexcept
      : text_(text, Size - 1), longest_(longest) {}

  /// `equal(name, word)` says what counts as the same.
  template <typename Equal>
  constexpr bool contains(std::string_view name, Equal equal) const noexcept {
    if (name.size() > longest_) return false;
    for (std::string_view rest = text_; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      if (equal(name, word)) return true;
      rest.remove_prefix(word.size() < rest.size() ? word.size() + 1 : word.size());
    }
    return false;
  }

 private:
  std::string_view text_;
  std::size_t longest_;
};

/// PostgreSQL, appendix C: the key words that are reserved there, also those that "can be function or type".
inline constexpr word_list postgresql_key_words{
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation "
    "column concurrently constraint create cross current_catalog current_date current_role current_schema "
    "current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for "
    "foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral "
    "leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps "
    "placing primary references returning right select session_user similar some symmetric system_user table "
    "tablesample then to trailing true union unique user using variadic verbose when where window with",
    17};

/// MySQL, "Keywords and Reserved Words": the reserved ones of 8.0, 8.4 and 9 together.
inline constexpr word_list mysql_key_words{
    "_filename accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call "
    "cascade case change char character check collate column condition constraint continue convert create cross cube "
    "cume_dist current_date current_time current_timestamp current_user cursor database databases day_hour "
    "day_microsecond day_minute day_second dec decimal declare default delayed delete dense_rank desc describe "
    "deterministic distinct distinctrow div double drop dual each else elseif empty enclosed escaped except exists "
    "exit explain false fetch first_value float float4 float8 for force foreign from fulltext function generated get "
    "grant group grouping groups having high_priority hour_microsecond hour_minute hour_second if ignore in index "
    "infile inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect interval into "
    "io_after_gtids io_before_gtids is iterate join json_table key keys kill lag last_value lateral lead leading "
    "leave left library like limit linear lines load localtime localtimestamp lock long longblob longtext loop "
    "low_priority manual master_bind master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext "
    "middleint minute_microsecond minute_second mod modifies natural no_write_to_binlog not nth_value ntile null "
    "numeric of on optimize optimizer_costs option optionally or order out outer outfile over parallel partition "
    "percent_rank precision primary procedure purge qualify range rank read read_write reads real recursive "
    "references regexp release rename repeat replace require resignal restrict return revoke right rlike row "
    "row_number rows schema schemas second_microsecond select sensitive separator set show signal smallint spatial "
    "specific sql sql_big_result sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl starting "
    "stored straight_join system table tablesample terminated then tinyblob tinyint tinytext to trailing trigger true "
    "undo union unique unlock unsigned update usage use using utc_date utc_time utc_timestamp values varbinary "
    "varchar varcharacter varying virtual when where while window with write xor year_month zerofill",
    29};

/// ISO C23, 6.4.1, and the older spellings that it keeps.
inline constexpr word_list c_key_words{
    "alignas alignof auto bool break case char const constexpr continue default do double else enum extern false "
    "float for goto if inline int long nullptr register restrict return short signed sizeof static static_assert "
    "struct switch thread_local true typedef typeof typeof_unqual union unsigned void volatile while _Alignas "
    "_Alignof _Atomic _BitInt _Bool _Complex _Decimal128 _Decimal32 _Decimal64 _Generic _Imaginary _Noreturn "
    "_Static_assert _Thread_local",
    14};

}  // namespace detail
APART_END_NAMESPACE
