// The animals of the zoo: which case must catch each, how, and what else fails of necessity.
#pragma once

#include <ostream>

namespace tenon {

// Not asked: nothing works any more, each case takes long, or it hangs on what lies on the stack.
inline constexpr const char* kMost = "*";

struct Animal {
  const char* name;       // of its defect; the first underscore is a dot in the name of the case
  const char* result;     // how that case must end
  const char* also = "";  // the other cases that fail; goldens are one, "golden"
};
inline void PrintTo(const Animal& animal, std::ostream* out) { *out << animal.name; }

inline constexpr Animal kAnimals[] = {
    {"load_now_local", "fail", kMost},
    {"load_one_symbol", "fail"},
    {"load_imports", "fail"},
    {"load_quick", "fail", kMost},
    {"hardening_relro", "fail"},
    {"hardening_bind_now", "fail"},
    {"hardening_no_exec_stack", "fail"},
    {"hardening_no_rwx", "fail"},
    {"hardening_no_rpath", "fail"},
    {"hardening_stack_protector", "warn"},
    {"hardening_size", "fail", kMost},
    {"manifest_present", "fail"},
    {"manifest_equals_code", "fail"},
    {"manifest_names_once", "fail"},
    {"config_secrets", "fail"},
    {"doors_calls", "fail", "load.imports"},
    {"instance_many", "timeout", kMost},
    {"instance_refusals", "fail"},
    {"instance_leaks", "fail"},
    {"instance_interleaved", "fail"},
    {"threads_moves", "fail", "resume.every_step"},
    {"threads_side_by_side", "fail"},
    {"call_unknown", "crash"},
    {"call_unknown_stream", "fail"},
    {"call_strange", "crash"},
    {"call_strange_webhooks", "crash"},
    {"call_full_host", "fail"},
    {"golden_every_ability", "fail"},
    {"names_declared", "fail"},
    {"names_hints", "fail", "golden"},
    // Whoever compares two calls sees a count of calls.
    {"determinism_same_instance", "fail",
     "determinism.new_instance determinism.stack instance.interleaved skew.newer_host "
     "skew.odd_texts skew.tails skew.unknown_flags threads.moves threads.side_by_side"},
    {"determinism_new_instance", "fail", "instance.interleaved threads.moves threads.side_by_side"},
    {"determinism_other_process", "fail"},
    {"determinism_stack", "fail", kMost},
    // A second outcome is a breach wherever breaches are counted.
    {"conservation_every_record", "fail",
     "batch.permute batch.split batch.duplicate call.strange golden model.lost_replies "
     "reply.garbage reply.grammar shape.required_only shape.values state.strange"},
    {"resume_every_step", "fail"},
    {"state_strange", "crash"},
    {"state_foreign", "fail"},
    {"skew_newer_host", "fail", "skew.tails"},
    {"skew_tails", "fail"},
    {"skew_odd_texts", "fail"},
    {"skew_unknown_flags", "fail"},
    {"skew_unknown_fate", "fail"},
    {"reply_no_success_from_failure", "fail", "golden reply.error_inside"},
    {"reply_error_inside", "fail"},
    {"reply_item_missing", "fail"},
    {"reply_item_foreign", "fail"},
    {"reply_order_changed", "fail"},
    {"reply_garbage", "crash"},
    {"reply_grammar", "crash"},
    {"reply_linear_time", "fail"},
    {"reply_linear_memory", "fail"},
    {"batch_permute", "fail", "model.batch_laws"},
    {"batch_split", "fail", "model.lost_replies"},
    {"batch_single", "fail", "model.batch_laws model.lost_replies"},
    {"batch_duplicate", "fail"},
    {"shape_values", "crash"},
    {"shape_required_only", "fail"},
    {"secrets_markers", "fail"},
    {"secrets_echo", "fail"},
    {"pii_declared", "fail"},
    {"pii_kept_out", "fail"},
    {"retry_keys_stable", "fail"},
    {"retry_keys_differ", "fail"},
    // The records of all goldens together are a full batch, too.
    {"limits_full_batch", "fail", "model.batch_laws model.pull"},
    {"limits_throttle_hints", "fail", "golden"},
    {"pull_records", "fail", "model.pull"},
    {"pull_strange_cursor", "crash"},
    {"pull_future_cursor", "fail"},
    {"pull_resume", "fail", "model.pull"},
    {"pull_nothing_from_failure", "fail"},
    {"webhook_repeat", "fail"},
    {"readback_nothing_from_failure", "fail"},
    {"check_no_ok_from_failure", "fail", "golden"},
    {"against_manifest", "fail"},
    {"against_calls", "fail"},
    {"model_lost_replies", "fail"},
    {"model_replayed", "fail", "model.lost_replies"},
    {"model_batch_laws", "fail"},
    {"model_pull", "fail"},
};

}  // namespace tenon
