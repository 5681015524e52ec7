# Run when a program has been built that apart_discover_tests was called for: asks it for its tests, and writes what CTest
# reads. `settings` is a file that says how, `tests` the one that is written; it is not there where the program fails.

cmake_policy(VERSION 3.25)
include("${settings}")
file(REMOVE "${tests}")
list(REMOVE_ITEM apart_command "")

execute_process(
  COMMAND ${apart_command} "--ctest=list:${apart_test_prefix}" ${apart_extra_args} ${apart_test_spec}
  WORKING_DIRECTORY "${apart_working_directory}"
  TIMEOUT "${apart_discovery_timeout}"
  OUTPUT_VARIABLE listed
  ERROR_VARIABLE problem
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "apart_discover_tests(${apart_name}): the program did not list its tests (${status}): ${problem}")
endif()

# Two properties are lists to which the program adds; the fixture has the environment alone.
set(apart_fixtures "")
set(apart_locks "")
set(own "WORKING_DIRECTORY [===[${apart_working_directory}]===]")
set(other "")
set(apart_property "")
foreach(item IN LISTS apart_properties)
  if(apart_property STREQUAL "")
    set(apart_property "${item}")
    continue()
  endif()
  if(apart_property STREQUAL "FIXTURES_REQUIRED")
    set(apart_fixtures "${item}")
  elseif(apart_property STREQUAL "RESOURCE_LOCK")
    set(apart_locks "${item}")
  elseif(apart_property MATCHES "^ENVIRONMENT")
    string(APPEND own " ${apart_property} [===[${item}]===]")
  else()
    string(APPEND other " ${apart_property} [===[${item}]===]")
  endif()
  set(apart_property "")
endforeach()

set(head "")
foreach(name IN ITEMS name command extra_args)
  string(APPEND head "set(apart_${name} [===[${apart_${name}}]===])\n")
endforeach()
file(
  WRITE "${tests}"
  "${head}set(apart_run \"\")

# Two tests around all others: between them a process keeps what is set up.
macro(apart_fixture)
  set(apart_run \"\${apart_name} (run)\")
  add_test(\"\${apart_name} (set-up)\" \${apart_command} --ctest=open)
  set_tests_properties(\"\${apart_name} (set-up)\" PROPERTIES FIXTURES_SETUP \"\${apart_run}\" ${own})
  add_test(\"\${apart_name} (tear-down)\" \${apart_command} --ctest=close)
  set_tests_properties(\"\${apart_name} (tear-down)\" PROPERTIES FIXTURES_CLEANUP \"\${apart_run}\" ${own})
endmacro()

# One test, which is there. locks: resources that it locks.
function(apart_test test serial locks)
  set_tests_properties(\"\${test}\" PROPERTIES
    SKIP_RETURN_CODE 77
    FIXTURES_REQUIRED \"\${apart_run};${apart_fixtures}\"
    RESOURCE_LOCK \"\${locks};${apart_locks}\"
    RUN_SERIAL \${serial}
    ${own}${other})
endfunction()

${listed}")
