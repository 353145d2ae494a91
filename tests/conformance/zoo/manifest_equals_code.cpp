// manifest_equals_code: can do an op that its manifest does not declare.
#include "base.hpp"

namespace zoo {
class Overeager : public Base {
  using Base::Base;

 public:
  static constexpr std::uint32_t kOps = TENON_OP_DELIVER | TENON_OP_PULL;
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Overeager)
