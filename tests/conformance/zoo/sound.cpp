// sound: no defect; every case must pass.
#include "base.hpp"

namespace zoo {
class Sound : public Base {
  using Base::Base;
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Sound)
