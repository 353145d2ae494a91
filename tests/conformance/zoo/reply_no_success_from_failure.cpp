// reply_no_success_from_failure: believes every 2xx, whatever its body says.
#include "base.hpp"

namespace zoo {
class Trusting : public Base {
  using Base::Base;

 protected:
  void conclude(const Call& call, const Record& record, const Response& response,
                Step& step) const override {
    if (response.ok()) return step.end(record.index(), Outcome::accepted());
    Base::conclude(call, record, response, step);
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Trusting)
