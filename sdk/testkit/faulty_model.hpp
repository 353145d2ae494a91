// FaultyModel: any vendor's model, misbehaving as a text says.
#pragma once

#include <array>

#include "testkit/faults.hpp"
#include "testkit/model.hpp"

namespace tenon::testkit {

// Pure as what it wraps: same state, faults, request, time and number give the same reply. `model`
// must outlive it.
class FaultyModel : public VendorModel {
 public:
  explicit FaultyModel(VendorModel& model, Faults faults = {})
      : model_(model), faults_(std::move(faults)) {}

  ModelReply handle(const ModelRequest& request, std::int64_t now_ms,
                    std::uint64_t random) override;
  ModelReply refusal(std::uint32_t status, const std::string& why) const override {
    return model_.refusal(status, why);
  }

  const Faults& faults() const { return faults_; }
  // From the next request on. What the rates have counted is forgotten.
  void set(Faults faults);
  // How many requests had that fault; over_limits(): how many were over a production limit.
  std::uint64_t count(Fault fault) const { return counts_[static_cast<std::size_t>(fault)]; }
  std::uint64_t over_limits() const { return over_limits_; }

 private:
  ModelReply throttled(const std::string& why, std::int64_t retry_after_s) const;
  ModelReply as_if_done(const ModelRequest& request, std::int64_t now_ms, std::uint64_t random);
  ModelReply with_fault(const FaultPlan& plan, const ModelRequest& request, std::int64_t now_ms,
                        std::uint64_t random);

  VendorModel& model_;
  Faults faults_;
  QuotaUse use_;
  std::array<std::uint64_t, kFaults> counts_{};
  std::uint64_t over_limits_ = 0;
};

}  // namespace tenon::testkit
