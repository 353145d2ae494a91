// determinism_other_process: sends an address of its own memory.
#include "base.hpp"

namespace zoo {
class Addressed : public Base {
  using Base::Base;

 protected:
  void ask(const Call& call, Step& step) const override {
    static const char kHere = 0;
    Request request("api", "POST", "/v1/items");
    for (const Record record : call.records()) request.covers(record.index());
    request.json("{\"trace\":" + std::to_string(reinterpret_cast<std::uintptr_t>(&kHere)) + "}");
    step.send(request);
    step.suspend();
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Addressed)
