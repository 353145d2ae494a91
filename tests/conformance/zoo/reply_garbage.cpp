// reply_garbage: reads behind the end of a reply that is not what it expects.
#include "base.hpp"

namespace zoo {
class Trampling : public Base {
  using Base::Base;

 protected:
  void conclude(const Call& call, const Record& record, const Response& response,
                Step& step) const override {
    if (response.answered() && !response.body().starts_with("{\"done\"")) {
      *reinterpret_cast<volatile char*>(response.body().size()) = 'x';
    }
    Base::conclude(call, record, response, step);
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Trampling)
