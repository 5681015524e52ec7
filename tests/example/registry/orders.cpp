// A part of the product, in a static library. Nobody calls it: it adds its type by itself.

#include <apart/process/initializer.hpp>

#include "scheme.hpp"

namespace {

class order final : public object {
 public:
  explicit order(std::string_view text) : text_(text) {}
  std::string text() const override { return "order of " + text_; }

 private:
  std::string text_;
};

const apart::initializer adds_order{"order", [] {
                                      types->add("order", [](std::string_view text) -> std::unique_ptr<object> {
                                        return std::make_unique<order>(text);
                                      });
                                    }};

}  // namespace
