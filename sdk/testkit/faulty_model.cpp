// Production limits first, then at most one fault, then the model itself.
#include "testkit/faulty_model.hpp"

#include "testkit/dice.hpp"

namespace tenon::testkit {
namespace {

constexpr std::uint64_t kSecondTime = 3;  // purpose of the draw for a request that comes twice

}  // namespace

void FaultyModel::set(Faults faults) {
  faults_ = std::move(faults);
  use_ = {};
}

ModelReply FaultyModel::throttled(const std::string& why, std::int64_t retry_after_s) const {
  ModelReply reply = model_.refusal(429, why);
  if (retry_after_s > 0) reply.headers.emplace_back("retry-after", std::to_string(retry_after_s));
  return reply;
}

ModelReply FaultyModel::as_if_done(const ModelRequest& request, std::int64_t now_ms,
                                   std::uint64_t random) {
  const auto other = model_.clone();
  return other ? other->handle(request, now_ms, random) : json_reply(200, "{}");
}

ModelReply FaultyModel::with_fault(const FaultPlan& plan, const ModelRequest& request,
                                   std::int64_t now_ms, std::uint64_t random) {
  switch (plan.fault) {
    case Fault::throttle: return throttled("slow down", plan.detail);
    case Fault::throttle_bare: return throttled("slow down", 0);
    case Fault::error: return model_.refusal(plan.detail, "the vendor has an error of its own");
    case Fault::noop: return as_if_done(request, now_ms, random);
    case Fault::error_in_200: {
      ModelReply reply = model_.refusal(500, "it failed, and is told with 200");
      reply.status = 200;
      return reply;
    }
    case Fault::twice: model_.handle(request, now_ms, mixed(random ^ kSecondTime)); break;
    case Fault::none:
    case Fault::lost:
    case Fault::cut:
    case Fault::hang: break;
  }
  ModelReply reply = model_.handle(request, now_ms, random);
  reply.lost = reply.lost || plan.fault == Fault::lost;
  reply.cut = reply.cut || plan.fault == Fault::cut;
  reply.hang = reply.hang || plan.fault == Fault::hang;
  return reply;
}

ModelReply FaultyModel::handle(const ModelRequest& request, std::int64_t now_ms,
                               std::uint64_t random) {
  const ProductionLimits& limits = faults_.limits;
  if (const OverLimit over = over_limit(limits, request.body); over.status != 0) {
    ++over_limits_;
    return model_.refusal(over.status, over.why);
  }
  if (const auto over = take(limits.rates, use_, now_ms)) {
    ++over_limits_;
    return throttled("over the limit of " + over->name, retry_after_s(over->wait_ms));
  }
  const FaultPlan plan = decide(faults_, random);
  ++counts_[static_cast<std::size_t>(plan.fault)];
  ModelReply reply = with_fault(plan, request, now_ms, random);
  reply.delay_ms += plan.delay_ms;
  return reply;
}

}  // namespace tenon::testkit
