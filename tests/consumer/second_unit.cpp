#include <apart/apart.hpp>

std::string name_from_the_second_unit() { return apart::unique_name("order"); }
