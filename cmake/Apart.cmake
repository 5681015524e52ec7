# apart_discover_tests(<target> [PER_TEST | PROCS <n>]
#                      [TEST_SPEC <argument>...] [EXTRA_ARGS <argument>...] [TEST_PREFIX <text>]
#                      [WORKING_DIRECTORY <directory>] [DISCOVERY_TIMEOUT <seconds>] [PROPERTIES <name> <value>...])
#
# Gives CTest the tests of a program that has one of the APART_..._MAIN(), whatever its framework is.
#
#   PER_TEST (unless told)  Each test is a test of CTest, in a process of its own, under its exact name behind TEST_PREFIX
#                           ("<target>." unless told). The program is asked for them when it has been built. Serial tests
#                           have RUN_SERIAL, those of a group with place for one have it as RESOURCE_LOCK; a test that is
#                           skipped shows as skipped. Where the program has a per_run, "<target> (set-up)" and
#                           "<target> (tear-down)" are a fixture of all its tests: between them a process keeps what is set
#                           up, so that each set-up runs once for each call of ctest, and is torn down at its end, also when
#                           ctest is killed.
#   PROCS <n>               The whole program is one test of CTest, which runs it with --procs=<n>.
#
# TEST_SPEC selects tests, as on the program's command line; EXTRA_ARGS are given to each process. PROPERTIES are those of
# the tests; of them the fixture has the environment alone.
function(apart_discover_tests target)
  cmake_parse_arguments(
    PARSE_ARGV 1 arg "PER_TEST" "PROCS;TEST_PREFIX;WORKING_DIRECTORY;DISCOVERY_TIMEOUT" "TEST_SPEC;EXTRA_ARGS;PROPERTIES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "apart_discover_tests(${target}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  elseif(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "apart_discover_tests(${target}): without a value: ${arg_KEYWORDS_MISSING_VALUES}")
  elseif(NOT TARGET "${target}")
    message(FATAL_ERROR "apart_discover_tests(${target}): there is no such target")
  elseif(arg_PER_TEST AND DEFINED arg_PROCS)
    message(FATAL_ERROR "apart_discover_tests(${target}): either PER_TEST or PROCS")
  elseif(DEFINED arg_PROCS AND NOT arg_PROCS MATCHES "^[1-9][0-9]*$")
    message(FATAL_ERROR "apart_discover_tests(${target}): PROCS ${arg_PROCS} is no number of processes")
  endif()
  if(NOT DEFINED arg_WORKING_DIRECTORY)
    set(arg_WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  endif()

  if(DEFINED arg_PROCS)
    add_test(
      NAME "${arg_TEST_PREFIX}${target}"
      COMMAND "${target}" --procs=${arg_PROCS} ${arg_EXTRA_ARGS} ${arg_TEST_SPEC}
      WORKING_DIRECTORY "${arg_WORKING_DIRECTORY}")
    set_tests_properties("${arg_TEST_PREFIX}${target}" PROPERTIES PROCESSORS ${arg_PROCS} ${arg_PROPERTIES})
    return()
  endif()

  if(NOT DEFINED arg_TEST_PREFIX)
    set(arg_TEST_PREFIX "${target}.")
  endif()
  if(NOT DEFINED arg_DISCOVERY_TIMEOUT)
    set(arg_DISCOVERY_TIMEOUT 60)
  endif()

  # A value may hold whatever its user likes, so it goes on in brackets.
  set(settings "set(apart_name [===[${target}]===])\n")
  foreach(name IN ITEMS TEST_PREFIX WORKING_DIRECTORY DISCOVERY_TIMEOUT TEST_SPEC EXTRA_ARGS PROPERTIES)
    string(TOLOWER "${name}" setting)
    string(APPEND settings "set(apart_${setting} [===[${arg_${name}}]===])\n")
  endforeach()

  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  set(directory "${CMAKE_CURRENT_BINARY_DIR}/apart-${target}")
  string(MD5 call "${settings}")
  string(SUBSTRING "${call}" 0 8 call)
  set(stem "${directory}/${call}")
  set(per_config "")
  if(multi_config)
    set(per_config "-$<CONFIG>")
  endif()
  file(
    GENERATE
    OUTPUT "${stem}-settings${per_config}.cmake"
    CONTENT "${settings}set(apart_command [===[$<TARGET_PROPERTY:${target},CROSSCOMPILING_EMULATOR>;$<TARGET_FILE:${target}>]===])
")
  add_custom_command(
    TARGET "${target}"
    POST_BUILD
    BYPRODUCTS "${stem}-tests${per_config}.cmake"
    COMMAND "${CMAKE_COMMAND}" -D "settings=${stem}-settings${per_config}.cmake" -D
            "tests=${stem}-tests${per_config}.cmake" -P "${_apart_discover_script}"
    VERBATIM)

  # Read by ctest.
  set(config "")
  if(multi_config)
    set(config "-\${CTEST_CONFIGURATION_TYPE}")
  endif()
  file(
    WRITE "${stem}-include.cmake"
    "if(EXISTS \"${stem}-tests${config}.cmake\")
  include(\"${stem}-tests${config}.cmake\")
else()
  add_test([===[${target} is not built]===] NOT_BUILT)
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${stem}-include.cmake")
endfunction()

set(_apart_discover_script "${CMAKE_CURRENT_LIST_DIR}/ApartDiscover.cmake" CACHE INTERNAL "")
