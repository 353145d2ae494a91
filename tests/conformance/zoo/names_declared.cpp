// names_declared: sends by a method that the manifest does not name.
#include "base.hpp"

namespace zoo {
class Undeclared : public Base {
  using Base::Base;

 protected:
  void ask(const Call& call, Step& step) const override {
    Request request("api", "PUT", "/v1/items");
    for (const Record record : call.records()) request.covers(record.index());
    step.send(request.json("{}"));
    step.suspend();
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Undeclared)
