#include <apart/context/on_cancel.hpp>

using apart::context;
using apart::on_cancel;
using apart::scoped_context;

void use(const context& parent, const scoped_context& other);
void use(const context& parent, const scoped_context& other) {
  const auto nothing = [] {};
#if defined(REFUSED_TEMPORARY)  // hold the scoped_context in a variable
  const on_cancel watch(apart::with_cancel(parent), nothing);
#elif defined(REFUSED_CONST_TEMPORARY)  // hold the scoped_context in a variable
  const on_cancel watch(static_cast<const scoped_context&&>(other), nothing);
#elif defined(REFUSED_ARGUMENTS)        // called without arguments
  const on_cancel watch(parent, [](int) {});
#elif defined(REFUSED_COPY)             // deleted
  on_cancel watch(parent, nothing);
  const on_cancel copy = watch;
#elif defined(REFUSED_IGNORED)          // nodiscard|unused
  on_cancel(parent, nothing);
#else
  const on_cancel watch(parent, nothing);
  const on_cancel same(other, nothing);
#endif
}
