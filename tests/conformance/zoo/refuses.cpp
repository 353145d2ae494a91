// refuses: no settings are good enough for it.
#include "base.hpp"

namespace zoo {
class Refusing : public Base {
 public:
  explicit Refusing(std::string_view settings) : Base(settings) { throw bad_config("never"); }
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Refusing)
