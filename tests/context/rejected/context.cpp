#include <chrono>
#include <string>

#include <apart/context/context.hpp>

using apart::context;
using apart::scoped_context;
using apart::with_cancel;
using apart::with_deadline;
using apart::with_timeout;
using namespace std::chrono_literals;

void use(context parent, const scoped_context& other);
void use(context parent, const scoped_context& other) {
#if defined(REFUSED_FROM_TIMEOUT)  // hold or return it as a scoped_context
  context c = with_timeout(parent, 5s);
#elif defined(REFUSED_FROM_DEADLINE)             // hold or return it as a scoped_context
  context c = with_deadline(parent, context::clock::now());
#elif defined(REFUSED_FROM_CANCEL)               // hold or return it as a scoped_context
  context c = with_cancel(parent);
#elif defined(REFUSED_DIRECTLY_FROM_CANCEL)      // hold or return it as a scoped_context
  context c(with_cancel(parent));
#elif defined(REFUSED_IN_BRACES)                 // hold or return it as a scoped_context
  context c{with_cancel(parent)};
#elif defined(REFUSED_FROM_CONST_TEMPORARY)      // hold or return it as a scoped_context
  context c = static_cast<const scoped_context&&>(other);
#elif defined(REFUSED_ASSIGNED)                  // hold or return it as a scoped_context
  parent = with_cancel(parent);
#elif defined(REFUSED_ASSIGNED_FROM_CONST)       // hold or return it as a scoped_context
  parent = static_cast<const scoped_context&&>(other);
#elif defined(REFUSED_CANCEL_UNDER_TEMPORARY)    // hold the parent in a variable
  scoped_context c = with_cancel(with_cancel(parent));
#elif defined(REFUSED_TIMEOUT_UNDER_TEMPORARY)   // hold the parent in a variable
  scoped_context c = with_timeout(with_cancel(parent), 5s);
#elif defined(REFUSED_DEADLINE_UNDER_TEMPORARY)  // hold the parent in a variable
  scoped_context c = with_deadline(with_cancel(parent), context::clock::now());
#elif defined(REFUSED_VALUE_UNDER_TEMPORARY)     // hold the scoped_context in a variable
  context c = with_cancel(parent).with_value(1);
#elif defined(REFUSED_VALUE_OF_TEMPORARY)        // hold the context in a variable
  const int* v = parent.with_value(1).value<int>();
#elif defined(REFUSED_LITERAL_VALUE)             // give it a std::string
  const context c = parent.with_value("a text");
#elif defined(REFUSED_POINTER_VALUE)             // give it a std::string
  char text[] = "a text";
  const context c = other.with_value(text);
#elif defined(REFUSED_COPY)                      // deleted
  scoped_context c = other;
#elif defined(REFUSED_WITHOUT_DURATION)          // no matching function
  scoped_context c = with_timeout(parent, 5);
#elif defined(REFUSED_IGNORED_CANCEL)            // nodiscard|unused-result
  with_cancel(parent);
#elif defined(REFUSED_IGNORED_TIMEOUT)           // nodiscard|unused-result
  with_timeout(parent, 5s);
#elif defined(REFUSED_IGNORED_DEADLINE)          // nodiscard|unused-result
  with_deadline(parent, context::clock::now());
#elif defined(REFUSED_IGNORED_VALUE)             // nodiscard|unused-result
  parent.with_value(1);
#elif defined(REFUSED_IGNORED_CANCELLED)         // nodiscard|unused-result
  parent.cancelled();
#else
  scoped_context c = with_timeout(parent, 0.5s);
  parent = c;
  parent = other.with_value(1).without_cancel();
  parent = parent.with_value(std::string("a text")).with_value(&other);
#endif
}
