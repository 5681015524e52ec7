include("${CMAKE_CURRENT_LIST_DIR}/one_header_library.cmake")
apart_header_library(doctest doctest::doctest doctest)
