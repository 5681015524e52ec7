#include <apart/process/initializer.hpp>

#include "catch.hpp"
#include "scheme.hpp"

namespace {

class invoice final : public object {
 public:
  explicit invoice(std::string_view text) : of_(types->make("order", text)) {}
  std::string text() const override { return "invoice for the " + of_->text(); }

 private:
  std::unique_ptr<object> of_;
};

// After the type that it needs, wherever that stands.
const apart::initializer adds_invoice{"invoice", {"order"}, [] {
                                        types->add("invoice", [](std::string_view text) -> std::unique_ptr<object> {
                                          return std::make_unique<invoice>(text);
                                        });
                                      }};

}  // namespace

TEST_CASE("an order is known in whichever process this runs") {
  CHECK(types->make("order", "tea")->text() == "order of tea");
}

TEST_CASE("so is an invoice, which needs it") {
  CHECK(types->make("invoice", "tea")->text() == "invoice for the order of tea");
}

TEST_CASE("a type that nobody has added is an error") { CHECK_THROWS_AS(types->make("receipt", ""), apart::error); }

TEST_CASE("a type that is added twice is an error that names both places") {
  try {
    types->add("order", nullptr);
    FAIL("it was added");
  } catch (const apart::error& failure) {
    const std::string text = failure.what();
    CHECK(text.find("orders.cpp:") < text.find(" and at "));
    CHECK(text.find("registry.cpp:") > text.find(" and at "));
  }
}
