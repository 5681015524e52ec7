#include <apart/file/temp_dir.hpp>
#include <apart/name/unique_name.hpp>

int main() {
  const apart::temp_dir directory;
  return exists(directory.path()) && apart::unique_name() != apart::unique_name() ? 0 : 1;
}
