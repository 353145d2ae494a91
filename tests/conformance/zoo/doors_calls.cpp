// doors_calls: looks up a name while it makes its request.
#include <netdb.h>

#include "base.hpp"

namespace zoo {
class Resolving : public Base {
  using Base::Base;

 protected:
  void ask(const Call& call, Step& step) const override {
    addrinfo* found = nullptr;
    if (getaddrinfo("api.vendor.example", "443", nullptr, &found) == 0) freeaddrinfo(found);
    Base::ask(call, step);
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Resolving)
