// In place of stage2.cpp: running is filtered as loading was.
#include "worker/lockdown.hpp"

namespace tenon::worker {

Result<void> filter_running(Profile) { return {}; }

}  // namespace tenon::worker
