// RequestRate: a bucket that fills by the second; what is over it must come again.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/time.hpp"

namespace tenon::inbound {

class RequestRate {
 public:
  // Takes one of `per_second`, of which one second's worth may come at once.
  bool take(std::uint32_t per_second, Instant now) {
    const std::chrono::duration<double> gone = now - last_;
    left_ = last_ == Instant{} ? per_second
                               : std::min<double>(per_second, left_ + gone.count() * per_second);
    last_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double left_ = 0;
  Instant last_{};
};

}  // namespace tenon::inbound
