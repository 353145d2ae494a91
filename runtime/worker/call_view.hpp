// CallView: a Call as the C structs that a connector gets; copies nothing but pointers.
#pragma once

#include <tenon/tenon.h>

#include <vector>

#include "ports/connector_runtime.hpp"

namespace tenon::worker {

// Borrows `call`, which must outlive it.
class CallView {
 public:
  explicit CallView(const Call& call);
  CallView(const CallView&) = delete;
  CallView& operator=(const CallView&) = delete;
  const tenon_call* get() const { return &call_; }

 private:
  std::vector<tenon_record> records_;
  std::vector<tenon_response> responses_;
  std::vector<tenon_kv> headers_;
  tenon_inbound inbound_{};
  tenon_call call_{};
};

}  // namespace tenon::worker
