// control: the pages below /_model/ by which a served model is looked at and steered.
#pragma once

#include "models/model_journal.hpp"
#include "models/served_model.hpp"

namespace tenon::models {

constexpr std::string_view kControlPrefix = "/_model/";

// The answer to a request whose path begins with kControlPrefix; values in, values out.
//   GET  state     {"name", "seed", "faults", "requests": N, "by_status": {"200": N}, "scripted":
//   N,
//                   "model": {...}}; status 0 counts what got no whole answer
//   GET  journal   the last requests (at most 1,000) with headers, body and status
//   GET  faults    {"faults": "throttle 20%", "counts": {"throttle": N, ...}, "over_limits": N}
//   PUT  faults    the text, as sdk/testkit/faults.hpp reads it; takes the place of those before
//   PUT  seed      a number; the random numbers begin anew
//   POST options   options of the model as JSON, as it understands them
//   POST script    {"clear": true, "script": [REPLY...]}: answers given instead of the model's, in
//                  order, to requests whose path begins with `path`. REPLY: {"path", "times",
//                  "status", "headers": {}, "body", "raw" (bytes sent as they are), "delay_ms",
//                  "hang": true, "cut": true, "lost": true}, all optional
//   POST reset     a new vendor; journal, counts and script are emptied. Faults, seed, options stay
//   GET  dev       {"workspace", "secrets": {}}: what `tenon dev` makes a host with
// 400 and {"error": why} for a body that is not as described, 404 or 405 for what is not here.
testkit::ModelReply control(ServedModel& model, ModelJournal& journal,
                            const testkit::ModelRequest& request);

}  // namespace tenon::models
