// reply_order_changed: matches items by their place.
#include "base.hpp"

namespace zoo {
class Positional : public Base {
  using Base::Base;

 protected:
  void conclude(const Call& call, const Record& record, const Response& response,
                Step& step) const override {
    const auto body = response.ok() ? read_json(response.body()) : std::nullopt;
    const Json* done = body ? member(*body, "done") : nullptr;
    if (done == nullptr || !done->is_array() || record.index() >= done->size()) {
      return Base::conclude(call, record, response, step);
    }
    step.end(record.index(), Outcome::accepted(text_of((*done)[record.index()], "id")));
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Positional)
