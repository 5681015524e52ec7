include("${CMAKE_CURRENT_LIST_DIR}/one_header_library.cmake")
set(Catch2_VERSION 3)  # a library of many headers
if(EXISTS /usr/include/catch2/catch.hpp)
  set(Catch2_VERSION 2.13)
endif()
apart_header_library(Catch2 Catch2::Catch2 catch2)
