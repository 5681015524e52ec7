#include <string>

#include <apart/process/scoped_env.hpp>

using apart::scoped_env;

void use(const std::string& name);
void use(const std::string& name) {
#if defined(REFUSED_NUMBER)  // wants a text, and a text or std::nullopt
  const scoped_env port(name, 8080);
#elif defined(REFUSED_NULL)         // wants a text, and a text or std::nullopt
  const scoped_env port(name, nullptr);
#elif defined(REFUSED_ZERO)         // wants a text, and a text or std::nullopt
  const scoped_env port("PORT", 0);
#elif defined(REFUSED_NUMBER_NAME)  // wants a text, and a text or std::nullopt
  const scoped_env port(8080, name);
#elif defined(REFUSED_IGNORED)      // nodiscard|unused
  scoped_env("PORT", "8080");
#else
  const scoped_env port(name, "8080");
#endif
}
