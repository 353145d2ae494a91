// skew_newer_host: takes a call only if it is exactly as long as the header says.
#include "base.hpp"

namespace zoo {
class Exact : public Base {
  using Base::Base;

 protected:
  void ask(const Call& call, Step& step) const override {
    if (call.raw().size == sizeof(tenon_call)) return Base::ask(call, step);
    for (const Record record : call.records()) {
      step.end(record.index(),
               Outcome::retry(TENON_APPLIED_NO, TENON_REASON_NONE, "a longer call"));
    }
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Exact)
