# What the cross compilers of Debian have in common. Programs name the loader and the libraries by their paths on this
# machine, so that they run, and run each other, without a root of their architecture.
set(CMAKE_CXX_COMPILER ${APART_TRIPLET}-g++)
set(libraries /usr/${APART_TRIPLET}/lib)
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-Wl,--dynamic-linker=${libraries}/${APART_LOADER} -Wl,-rpath=${libraries} -Wl,--disable-new-dtags")
set(CMAKE_FIND_ROOT_PATH /usr/${APART_TRIPLET})
foreach(kind IN ITEMS LIBRARY INCLUDE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
include("${CMAKE_CURRENT_LIST_DIR}/header_only.cmake")
