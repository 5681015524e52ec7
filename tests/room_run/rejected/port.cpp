#include <apart/run/port.hpp>

#include <cstdint>
#include <utility>

using apart::port;
using apart::transport;

void use(port& other);
void use(port& other) {
#if defined(REFUSED_COPY)  // deleted
  port p = other;
#elif defined(REFUSED_COPY_ASSIGNED)  // deleted
  other = static_cast<const port&>(other);
#elif defined(REFUSED_NUMBER)         // no matching function|no matching constructor
  port p(8080);
#elif defined(REFUSED_IGNORED)        // nodiscard|unused
  port();
#elif defined(REFUSED_IGNORED_UDP)    // nodiscard|unused
  port{transport::udp};
#elif defined(REFUSED_IGNORED_RANGE)  // nodiscard|unused
  port(20000, 20999);
#elif defined(REFUSED_LOST_SOCKET)    // nodiscard|unused-result
  other.take_socket();
#else
  port p(20000, 20999, transport::udp);
  p = port(transport::tcp);
  p = std::move(other);
  p.release();
#endif
}
