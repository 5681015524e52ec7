# clang with its own standard library.
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_CXX_FLAGS_INIT -stdlib=libc++)
# What std::stop_token of C++20 needs before libc++ 20.
set(APART_STOP_TOKEN_OPTION -fexperimental-library)
# Libraries of C++ that are compiled with another standard library.
set(CMAKE_DISABLE_FIND_PACKAGE_GTest ON)
set(CMAKE_DISABLE_FIND_PACKAGE_Boost ON)
set(CMAKE_DISABLE_FIND_PACKAGE_PkgConfig ON) # finds cpp-httplib
include("${CMAKE_CURRENT_LIST_DIR}/header_only.cmake")
