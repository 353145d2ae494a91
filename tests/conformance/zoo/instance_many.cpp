// instance_many: hangs when it is made for the hundredth time.
#include "base.hpp"

namespace zoo {
class Tiring : public Base {
 public:
  explicit Tiring(std::string_view settings) : Base(settings) {
    static volatile int made = 0;
    made = made + 1;
    while (made >= 100) {
    }
  }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Tiring)
