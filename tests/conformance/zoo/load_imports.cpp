// load_imports: asks the environment.
#include <cstdlib>

#include "base.hpp"

namespace zoo {
class Curious : public Base {
 public:
  explicit Curious(std::string_view settings) : Base(settings) { verbose_ = std::getenv("DEBUG"); }

 private:
  const char* verbose_;
};
}  // namespace zoo

TENON_CONNECTOR(zoo::Curious)
