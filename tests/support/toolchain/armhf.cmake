# 32 bits, whose programs qemu-user runs.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(APART_EMULATED ON)
set(APART_TRIPLET arm-linux-gnueabihf)
set(APART_LOADER ld-linux-armhf.so.3)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")
