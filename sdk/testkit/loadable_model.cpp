// load_model: dlopen and the one symbol of TENON_VENDOR_MODEL.
#include "testkit/loadable_model.hpp"

#include <dlfcn.h>

namespace tenon::testkit {

std::unique_ptr<LoadableModel> load_model(const std::string& path, std::string& error) {
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    error = std::string("wanted the .so of a vendor's model: ") + dlerror();
    return nullptr;
  }
  using Entry = LoadableModel* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(handle, "tenon_vendor_model_v2"));
  if (entry == nullptr) {
    error = path + ": wanted the symbol tenon_vendor_model_v2, found none; say " +
            "TENON_VENDOR_MODEL(Class) in the model, and build both with the same SDK";
    dlclose(handle);
    return nullptr;
  }
  return std::unique_ptr<LoadableModel>(entry());
}

}  // namespace tenon::testkit
