#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

template <std::size_t Size>
constexpr std::size_t count_words(const char (&text)[Size]) noexcept {
  std::size_t count = 1;
  for (const char byte : text) count += byte == ' ' ? 1 : 0;
  return count;
}

/// One pass over plain characters: each program that includes this has its compiler do it.
template <std::size_t Count, std::size_t Size>
constexpr std::array<std::string_view, Count> split_words(const char (&text)[Size]) noexcept {
  std::array<std::string_view, Count> words{};
  std::size_t begin = 0;
  std::size_t word = 0;
  for (std::size_t at = 0; at < Size; ++at) {
    if (text[at] != ' ' && text[at] != '\0') continue;
    words[word++] = std::string_view(text + begin, at - begin);
    begin = at + 1;
  }
  return words;
}

/// PostgreSQL, appendix C: the key words that are reserved there, also those that "can be function or type".
inline constexpr char postgresql_text[] =
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation "
    "column concurrently constraint create cross current_catalog current_date current_role current_schema "
    "current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for "
    "foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral "
    "leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps "
    "placing primary references returning right select session_user similar some symmetric system_user table "
    "tablesample then to trailing true union unique user using variadic verbose when where window with";
inline constexpr auto postgresql_key_words = split_words<count_words(postgresql_text)>(postgresql_text);

/// MySQL, "Keywords and Reserved Words": the reserved ones of 8.0, 8.4 and 9 together.
inline constexpr char mysql_text[] =
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
    "varchar varcharacter varying virtual when where while window with write xor year_month zerofill";
inline constexpr auto mysql_key_words = split_words<count_words(mysql_text)>(mysql_text);

/// ISO C23, 6.4.1, and the older spellings that it keeps.
inline constexpr char c_text[] =
    "alignas alignof auto bool break case char const constexpr continue default do double else enum extern false "
    "float for goto if inline int long nullptr register restrict return short signed sizeof static static_assert "
    "struct switch thread_local true typedef typeof typeof_unqual union unsigned void volatile while _Alignas "
    "_Alignof _Atomic _BitInt _Bool _Complex _Decimal128 _Decimal32 _Decimal64 _Generic _Imaginary _Noreturn "
    "_Static_assert _Thread_local";
inline constexpr auto c_key_words = split_words<count_words(c_text)>(c_text);

}  // namespace detail
APART_END_NAMESPACE
