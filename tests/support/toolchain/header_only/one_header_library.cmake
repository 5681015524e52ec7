# What the Find modules beside it have in common.

# apart_header_library(<package> <target> <folder>): a target that has this folder of /usr/include, and nothing else
# that stands there: the other headers may be another architecture's.
macro(apart_header_library package target folder)
  set(headers /usr/include/${folder})
  if(EXISTS "${headers}")
    set(own "${CMAKE_BINARY_DIR}/header_only/${package}")
    file(MAKE_DIRECTORY "${own}")
    file(CREATE_LINK "${headers}" "${own}/${folder}" SYMBOLIC)
    if(NOT TARGET ${target})
      add_library(${target} INTERFACE IMPORTED)
      set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${own}")
    endif()
    set(${package}_folder "${own}")
  endif()
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(${package} REQUIRED_VARS ${package}_folder VERSION_VAR ${package}_VERSION)
endmacro()
