// Golden: one file = settings, what comes in, the vendor's replies, expected pushes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "testkit/diff.hpp"
#include "testkit/driver.hpp"
#include "testkit/transcript.hpp"

namespace tenon::testkit {

// The file's shape is told in sdk/testkit/README.md. In short:
//   title, settings {}, op (deliver), now_ms, seed, idempotency
//   action, records [{id, type, attempt, isolated, maybe_applied, vendor_ref, body {} | text ""}]
//   stream, cursor; inbound {method, path, headers {}, json | body}
//   steps [[{request {...}, reply {got | status, headers {}, json | body, cut_bytes}}]]
//   status (ok), explain (a part of it), outcomes [{}], emits [{}], checkpoints [{}], reply {},
//       hints [{}], delays_ms []: what is expected; a member that is left out of an object does not
//       count
//   body_ignored "why": answers count by their status alone, so broken bodies prove nothing
struct Golden {
  struct Exchange {
    Json request;  // null: not written yet
    ReplyIn reply;
  };
  std::string name, file, title, settings;
  CallIn call;
  std::vector<std::vector<Exchange>> steps;
  std::string status = "ok", explain, body_ignored;
  Json outcomes = Json::array(), emits = Json::array(), checkpoints = Json::array(),
       hints = Json::array(), delays_ms = Json::array();
  Json reply;   // of WEBHOOK; null: none
  Json source;  // the file as it was read

  // The scripted reply to request number `index` of step `step`; LOST beyond the script.
  ReplyIn reply_to(std::size_t step, std::size_t index) const;
};

// Reads one file. On failure `error` says file, member, wanted and found.
bool read_golden(const std::string& file, Golden& golden, std::string& error);
// All *.json of a folder, by name. Unreadable ones are told in `errors`.
std::vector<Golden> read_goldens(const std::string& folder, std::vector<std::string>& errors);

// Runs the golden's call with its scripted replies; `change` may alter each reply before it is
// given.
using Change = std::function<void(std::size_t step, std::size_t index, ReplyIn& reply)>;
CallOut run_golden(const Instance& instance, const Golden& golden, const Change& change = {});

}  // namespace tenon::testkit
