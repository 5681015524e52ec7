#pragma once

#include <string>

#include <apart/context/context.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/detail/connection.hpp>
#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/loaded_files.hpp>
#include <apart/detail/local_socket.hpp>
#include <apart/detail/stable_hash.hpp>
#include <apart/run/detail/set_up_entry.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Where the keeper of this program listens that ctest's fixture has left in a run (launch/ctest_keeper.hpp).
inline std::string ctest_keeper_address(const std::string& run_directory) {
  return run_directory + "/k-" + base32(stable_hash(path_of_program()), 12);
}

/// Returns once that keeper has run the set-up, or cannot; at once where there is none; early when `waiting` is cancelled.
/// What comes of it stands in the record, see `shared_set_up`.
inline void let_ctest_keeper_set_up(const set_up_entry& entry, const std::string& run_directory,
                                    const context& waiting) {
  if (launched_as().is_keeper_of_ctest()) return;
  descriptor connected;
  if (connect_to(ctest_keeper_address(run_directory), connected) != 0) return;
  connection keeper(number_of(connected.release()));
  const on_cancel give_up(waiting, [&keeper] { keeper.shut_down(); });
  if (keeper.send(wire_writer(message::need).text(entry.name()))) static_cast<void>(keeper.receive());
}

}  // namespace detail
APART_END_NAMESPACE
