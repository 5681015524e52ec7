#pragma once

/// Everything that needs nothing but the standard library. Adapters and the launcher are included by themselves:
/// <apart/adapter/catch2.hpp>, <apart/launch/catch2_main.hpp>.

#include <apart/context/cancel_on_signals.hpp>  // IWYU pragma: export
#include <apart/context/cancelled_error.hpp>    // IWYU pragma: export
#include <apart/context/context.hpp>            // IWYU pragma: export
#include <apart/context/on_cancel.hpp>          // IWYU pragma: export
#include <apart/context/poll.hpp>               // IWYU pragma: export
#include <apart/context/stop_token.hpp>         // IWYU pragma: export
#include <apart/error.hpp>                      // IWYU pragma: export
#include <apart/file/anonymous_file.hpp>        // IWYU pragma: export
#include <apart/file/config_volume.hpp>         // IWYU pragma: export
#include <apart/file/temp_dir.hpp>              // IWYU pragma: export
#include <apart/file/temp_file.hpp>             // IWYU pragma: export
#include <apart/file/temp_path.hpp>             // IWYU pragma: export
#include <apart/name/byte_set.hpp>              // IWYU pragma: export
#include <apart/name/name_rule.hpp>             // IWYU pragma: export
#include <apart/name/short_unique_name.hpp>     // IWYU pragma: export
#include <apart/name/unique_id.hpp>             // IWYU pragma: export
#include <apart/name/unique_name.hpp>           // IWYU pragma: export
#include <apart/process/initializer.hpp>        // IWYU pragma: export
#include <apart/process/per_process.hpp>        // IWYU pragma: export
#include <apart/process/scoped_cwd.hpp>         // IWYU pragma: export
#include <apart/process/scoped_env.hpp>         // IWYU pragma: export
#include <apart/process/worker.hpp>             // IWYU pragma: export
#include <apart/run/claim.hpp>                  // IWYU pragma: export
#include <apart/run/claimed_process.hpp>        // IWYU pragma: export
#include <apart/run/coordinator.hpp>            // IWYU pragma: export
#include <apart/run/file_coordinator.hpp>       // IWYU pragma: export
#include <apart/run/payload_traits.hpp>         // IWYU pragma: export
#include <apart/run/per_run.hpp>                // IWYU pragma: export
#include <apart/run/port.hpp>                   // IWYU pragma: export
#include <apart/run/run_directory.hpp>          // IWYU pragma: export
#include <apart/run/run_lock.hpp>               // IWYU pragma: export
#include <apart/test/isolation.hpp>             // IWYU pragma: export
#include <apart/test/per_test.hpp>              // IWYU pragma: export
#include <apart/test/this_test.hpp>             // IWYU pragma: export
#include <apart/version.hpp>                    // IWYU pragma: export
