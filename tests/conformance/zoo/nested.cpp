// nested: matches items by their place, in a list that lies inside of another object.
#include "base.hpp"

namespace zoo {
class Nested : public Base {
  using Base::Base;

 protected:
  void conclude(const Call& call, const Record& record, const Response& response,
                Step& step) const override {
    const auto body = response.ok() ? read_json(response.body()) : std::nullopt;
    const Json* data = body ? member(*body, "data") : nullptr;
    const Json* done = data != nullptr ? member(*data, "done") : nullptr;
    if (done == nullptr || !done->is_array() || record.index() >= done->size()) {
      return Base::conclude(call, record, response, step);
    }
    step.end(record.index(), Outcome::accepted(text_of((*done)[record.index()], "id")));
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Nested)
