#include <apart/context/stop_token.hpp>

using apart::stop_callback;
using apart::stop_source;

void use(stop_source& source);
void use(stop_source& source) {
  const auto nothing = [] {};
#if defined(REFUSED_ARGUMENTS)  // called without arguments
  const stop_callback callback(source.get_token(), [](int) {});
#elif defined(REFUSED_COPY)       // deleted
  const stop_callback callback(source.get_token(), nothing);
  const stop_callback copy = callback;
#elif defined(REFUSED_NO_STATE)   // conver|no matching
  source = 1;
#elif defined(REFUSED_IGNORED)    // nodiscard|unused
  stop_callback(source.get_token(), nothing);
#elif defined(REFUSED_REQUESTED)  // nodiscard|unused-result
  source.stop_requested();
#else
  const stop_callback callback(source.get_token(), nothing);
  source.request_stop();
#endif
}
