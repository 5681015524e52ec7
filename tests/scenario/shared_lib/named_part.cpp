#include "scenario/shared_lib/part.hpp"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
const char* const own_name = TEXT(APART_PART);

EXPORTED void APART_PART(int report_to, part_of_program& told) { describe(report_to, told); }
