// Sender: NDJSON lines in batches to an ingest endpoint, each line's fate told; no terminal here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/client.hpp"

namespace tenon::cli {

constexpr std::size_t kMaxSendBatchBytes = 400 * 1024;  // below the strict 500 KB of a source
constexpr int kMaxSendTries = 10;                       // of one batch
constexpr long kMaxRetryAfterS = 300;                   // a longer Retry-After is cut to this
constexpr std::size_t kMaxKeptFaults = 1'000;           // told one by one; more are counted only

struct SendOptions {
  std::string source_url;  // http://127.0.0.1:8080
  std::string write_key;   // the secret itself, from its reference
  std::size_t batch = 100;
  double rate = 0;  // events per second; 0 = as fast as it goes
  std::chrono::milliseconds timeout{60'000};
};
struct SentEvent {
  std::size_t line = 0;
  std::string message_id, id;  // id: the event id the host gave
};
struct LineFault {
  std::size_t line = 0;
  std::string code, reason;
  std::string id;  // of the rejected event that the host kept; "" = it never left
};
struct SendReport {
  std::size_t lines = 0;  // that are not blank
  std::size_t accepted = 0;
  std::size_t bad = 0;       // never sent
  std::size_t rejected = 0;  // sent, and refused by the host
  std::size_t batches = 0, waits = 0;
  std::vector<SentEvent> sent;
  std::vector<LineFault> faults;
};

// What the world gives: replaced in tests.
struct SendWorld {
  std::function<Result<HttpAnswer>(const HttpCall&)> call;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<std::string()> new_message_id;
  std::function<void(const SendReport&)> progress;  // after every batch and before every wait
};
SendWorld real_world();

// Sends every good line; bad lines are told and passed over. Stops with an Error where going on
// makes no sense: a refused key, or kMaxSendTries used up. `report` holds what was done until then.
Result<void> send_lines(std::istream& in, const SendOptions& options, const SendWorld& world,
                        SendReport& report);

// The secret behind env:NAME or file:PATH (one trailing newline is cut off).
Result<std::string> resolve_reference(const std::string& reference);

}  // namespace tenon::cli
