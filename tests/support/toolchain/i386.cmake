# 32 bits: Debian's cross compiler, whose programs this machine's kernel runs.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(APART_TRIPLET i686-linux-gnu)
set(APART_LOADER ld-linux.so.2)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")
