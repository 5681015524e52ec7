# Catch2 2.13, doctest and fmt by their headers alone, where a library of the compiler's is not to be had.
list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/header_only")
