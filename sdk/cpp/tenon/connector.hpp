// TENON_CONNECTOR(Type): makes the C table and the exported symbol out of a C++ class.
#pragma once

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "tenon/host_check.hpp"
#include "tenon/ops.hpp"
#include "tenon/step.hpp"

namespace tenon::sdk {

// Class `Type` gives a constructor and one function per op that it can do:
//   explicit Type(std::string_view settings)      canonical JSON; throws bad_config(...) to refuse
//   Next deliver(const Call&, DeliverStep&) const
//   Next pull(const Call&, PullStep&) const       each is one turn of a call; pure; throws a
//   Next webhook(const Call&, WebhookStep&) const     Refusal to fail as a whole
//   Next readback(const Call&, ReadbackStep&) const
//   Next check(const Call&, CheckStep&) const
// or, to dispatch by itself, kOps and void step(const Call&, Step&) const. Every exception ends
// here: a Refusal becomes its status, any other TENON_E_INTERNAL, explained.
template <typename Type>
class Table {
 public:
  static const tenon_connector* get() {
    static constexpr tenon_connector table{sizeof(tenon_connector),
                                           TENON_ABI_MINOR,
                                           kOpsOf<Type>,
                                           0,
                                           &create,
                                           &destroy,
                                           &step,
                                           &extension};
    return &table;
  }

 private:
  template <typename Body>
  static tenon_status guarded(const tenon_sink* sink, const Body& body) noexcept {
    try {
      body();
      return TENON_OK;
    } catch (const Refusal& refusal) {
      explain(sink, refusal.what());
      return refusal.status();
    } catch (const std::bad_alloc&) {
      explain(sink, "out of memory");
      return TENON_E_INTERNAL;
    } catch (const std::exception& error) {
      explain(sink, error.what());
      return TENON_E_INTERNAL;
    } catch (...) {
      explain(sink, "an exception of unknown type");
      return TENON_E_INTERNAL;
    }
  }

  static void explain(const tenon_sink* sink, std::string_view why) noexcept {
    if (sink == nullptr || !TENON_HAS(sink, tenon_sink, explain)) return;
    if (sink->explain != nullptr) sink->explain(sink, str(why));
  }

  // A host that breaks the contract is refused, in words, before anything of it is believed.
  static void expect_sound(const tenon_call& call, const tenon_sink& sink) {
    if (const std::string wrong = detail::wrong_in(sink); !wrong.empty()) throw bad_input(wrong);
    if (const std::string wrong = detail::wrong_in(call); !wrong.empty()) throw bad_input(wrong);
  }

  static tenon_status create(const tenon_host*, tenon_str config, const tenon_sink* sink,
                             tenon_instance** out) {
    return guarded(sink, [&] {
      *out = reinterpret_cast<tenon_instance*>(std::make_unique<Type>(text(config)).release());
    });
  }

  static void destroy(tenon_instance* instance) { delete reinterpret_cast<Type*>(instance); }

  static tenon_status step(const tenon_instance* instance, const tenon_call* call,
                           const tenon_sink* sink) {
    return guarded(sink, [&] {
      expect_sound(*call, *sink);
      run_op(*reinterpret_cast<const Type*>(instance), Call(*call), *sink);
    });
  }

  static const void* extension(tenon_str) { return nullptr; }
};

}  // namespace tenon::sdk

#define TENON_CONNECTOR(Type)                                           \
  extern "C" TENON_EXPORT const tenon_connector* tenon_connector_v1() { \
    return ::tenon::sdk::Table<Type>::get();                            \
  }
