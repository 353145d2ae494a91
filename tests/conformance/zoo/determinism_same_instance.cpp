// determinism_same_instance: counts its calls and sends the count.
#include "base.hpp"

namespace zoo {
class Counting : public Base {
  using Base::Base;

 protected:
  void ask(const Call& call, Step& step) const override {
    Request request("api", "POST", "/v1/items");
    for (const Record record : call.records()) request.covers(record.index());
    request.json("{\"call\":" + std::to_string(++calls_) + "}");
    step.send(request);
    step.suspend();
  }

 private:
  mutable int calls_ = 0;
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Counting)
