// Ops of a connector class: which it has follows from its functions, and each call finds its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tenon/refusal.hpp"
#include "tenon/step.hpp"

namespace tenon::sdk {

template <typename Type>
concept Delivers = requires(const Type& type, const Call& call, DeliverStep& step) {
  type.deliver(call, step);
};
template <typename Type>
concept Pulls = requires(const Type& type, const Call& call, PullStep& step) {
  type.pull(call, step);
};
template <typename Type>
concept TakesWebhooks = requires(const Type& type, const Call& call, WebhookStep& step) {
  type.webhook(call, step);
};
template <typename Type>
concept ReadsBack = requires(const Type& type, const Call& call, ReadbackStep& step) {
  type.readback(call, step);
};
template <typename Type>
concept Checks = requires(const Type& type, const Call& call, CheckStep& step) {
  type.check(call, step);
};
// Says by itself what it can do (kOps) and dispatches by itself.
template <typename Type>
concept Dispatches = requires(const Type& type, const Call& call, Step& step) {
  type.step(call, step);
  Type::kOps;
};

namespace detail {

// A function of that name with another signature would be an op that is silently not there.
template <typename Type>
constexpr void refuse_wrong_signatures() {
  static_assert(
      Delivers<Type> || !requires { &Type::deliver; },
      "wanted: Next deliver(const Call&, DeliverStep&) const");
  static_assert(
      Pulls<Type> || !requires { &Type::pull; }, "wanted: Next pull(const Call&, PullStep&) const");
  static_assert(
      TakesWebhooks<Type> || !requires { &Type::webhook; },
      "wanted: Next webhook(const Call&, WebhookStep&) const");
  static_assert(
      ReadsBack<Type> || !requires { &Type::readback; },
      "wanted: Next readback(const Call&, ReadbackStep&) const");
  static_assert(
      Checks<Type> || !requires { &Type::check; },
      "wanted: Next check(const Call&, CheckStep&) const");
}

template <typename Type>
constexpr std::uint32_t ops_of() {
  if constexpr (Dispatches<Type>) {
    return Type::kOps;
  } else {
    refuse_wrong_signatures<Type>();
    constexpr std::uint32_t ops = (Delivers<Type> ? std::uint32_t{TENON_OP_DELIVER} : 0) |
                                  (Pulls<Type> ? std::uint32_t{TENON_OP_PULL} : 0) |
                                  (TakesWebhooks<Type> ? std::uint32_t{TENON_OP_WEBHOOK} : 0) |
                                  (ReadsBack<Type> ? std::uint32_t{TENON_OP_READBACK} : 0) |
                                  (Checks<Type> ? std::uint32_t{TENON_OP_CHECK} : 0);
    static_assert(ops != 0,
                  "a connector has at least one of deliver, pull, webhook, readback, check");
    return ops;
  }
}

inline std::string names_of(std::uint32_t ops) {
  std::string names;
  const auto add = [&](std::uint32_t op, const char* name) {
    if ((ops & op) != 0) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(TENON_OP_DELIVER, "deliver");
  add(TENON_OP_PULL, "pull");
  add(TENON_OP_WEBHOOK, "webhook");
  add(TENON_OP_READBACK, "readback");
  add(TENON_OP_CHECK, "check");
  return names.empty() ? std::to_string(ops) : names;
}

}  // namespace detail

// The mask of TENON_OP_* that stands in the connector's table.
template <typename Type>
inline constexpr std::uint32_t kOpsOf = detail::ops_of<Type>();

// Runs the function of the call's op; refuses a call of an op that the class does not have.
template <typename Type>
void run_op(const Type& type, const Call& call, const tenon_sink& sink) {
  if constexpr (Dispatches<Type>) {
    Step step(sink);
    type.step(call, step);
    return;
  } else {
    if constexpr (Delivers<Type>) {
      if (DeliverStep step(sink); call.op() == TENON_OP_DELIVER)
        return void(type.deliver(call, step));
    }
    if constexpr (Pulls<Type>) {
      if (PullStep step(sink); call.op() == TENON_OP_PULL) return void(type.pull(call, step));
    }
    if constexpr (TakesWebhooks<Type>) {
      if (WebhookStep step(sink); call.op() == TENON_OP_WEBHOOK)
        return void(type.webhook(call, step));
    }
    if constexpr (ReadsBack<Type>) {
      if (ReadbackStep step(sink); call.op() == TENON_OP_READBACK) {
        return void(type.readback(call, step));
      }
    }
    if constexpr (Checks<Type>) {
      if (CheckStep step(sink); call.op() == TENON_OP_CHECK) return void(type.check(call, step));
    }
    throw unsupported("op: wanted " + detail::names_of(kOpsOf<Type>) + ", found " +
                      detail::names_of(call.op()));
  }
}

// What to throw for an action that is none of ours; `wanted` names them.
inline Refusal unknown_action(const Call& call, const std::string& wanted) {
  return unsupported("action: wanted " + wanted + ", found " + std::string(call.action()));
}
inline Refusal unknown_stream(const Call& call, const std::string& wanted) {
  return unsupported("stream: wanted " + wanted + ", found " + std::string(call.stream()));
}

}  // namespace tenon::sdk
