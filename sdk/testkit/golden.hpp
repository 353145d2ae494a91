// Golden: one file = settings, records, the vendor's replies, expected requests and outcomes.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "testkit/driver.hpp"
#include "testkit/transcript.hpp"

namespace tenon::testkit {

// The file's shape (sdk/README.md has an example):
//   title, settings {}, op (deliver), action, now_ms, idempotency: the call
//   records [{id, type, attempt, isolated, body {} | text ""}]
//   steps [[{request {...}, reply {got | status, headers {}, json | body, cut_bytes}}]]: per step,
//       per request; members of `request` are those of to_json(RequestOut), headers and query may
//       be objects, `json` stands for a minified body; a member that is left out is not compared,
//       but endpoint, method, path must be there
//   status (ok), explain (a part of it), outcomes [{verdict, ...}], hints [{kind, ...}]
//   body_ignored "why": answers count by their status alone, so broken bodies prove nothing
struct Golden {
  struct Exchange {
    Json request;
    ReplyIn reply;
  };
  std::string name, title, settings;
  CallIn call;
  std::vector<std::vector<Exchange>> steps;
  std::string status = "ok", explain, body_ignored;
  Json outcomes = Json::array(), hints = Json::array();

  // The scripted reply to request number `index` of step `step`; LOST beyond the script.
  ReplyIn reply(std::size_t step, std::size_t index) const;
};

// Reads one file. On failure `error` says file, member, wanted and found.
bool read_golden(const std::string& file, Golden& golden, std::string& error);
// All *.json of a folder, by name. Unreadable ones are told in `errors`.
std::vector<Golden> read_goldens(const std::string& folder, std::vector<std::string>& errors);

// Runs the golden's call with its scripted replies; `change` may alter each reply before it is
// given.
using Change = std::function<void(std::size_t step, std::size_t index, ReplyIn& reply)>;
CallOut run_golden(const Instance& instance, const Golden& golden, const Change& change = {});

// All differences between what happened and what the golden wants, in words; empty: it holds.
std::vector<std::string> differences(const Golden& golden, const CallOut& out);

}  // namespace tenon::testkit
