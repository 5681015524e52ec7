# Finds Catch2 of either generation, 3.x before 2.13. Both define Catch2::Catch2; a project that has made this target by
# itself (add_subdirectory, FetchContent) keeps it. Sets Catch2_FOUND.
if(TARGET Catch2::Catch2)
  set(Catch2_FOUND TRUE)
else()
  find_package(Catch2 3 QUIET)
  if(NOT Catch2_FOUND)
    find_package(Catch2 2.13 QUIET)
  endif()
endif()
