// The libraries of wire/libraries.hpp, loaded by their names.
#include <dlfcn.h>

#include "wire/libraries.hpp"
#include "worker/lockdown.hpp"

namespace tenon::worker {

// One that is not there is not missed here: a connector that needs it is told so by the loader.
void load_libraries() {
  for (const char* name : wire::kLibraries) (void)::dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

}  // namespace tenon::worker
