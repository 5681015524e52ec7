# The most significant byte first, whose programs qemu-user runs.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(APART_EMULATED ON)
set(APART_TRIPLET s390x-linux-gnu)
set(APART_LOADER ld64.so.1)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")
