// Exports the entry of another major only.
extern "C" __attribute__((visibility("default"))) const void* tenon_connector_v9(void) {
  return nullptr;
}
