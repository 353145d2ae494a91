// Calls and results with something in every field.
#pragma once

#include "ports/connector_runtime.hpp"

namespace tenon::wire {

inline Call full_call() {
  Call call;
  call.op = Op::deliver;
  call.step = 3;
  call.action = "upsert_contact";
  call.now_ms = 1'700'000'000'123;
  call.seed = 0xfeedfacecafebeef;
  call.idempotency = "idem";
  call.records = {{"evt_1", "track", R"({"a":1})", "ref", 2, 1},
                  {"evt_2", "identify", "{}", "", 1, 0}};
  CallResponse response;
  response.tag = 7;
  response.reply = {Got::http, 207, {{"content-type", "application/json"}}, "{\"x\":[]}", 9000, ""};
  call.responses = {response};
  call.state = std::string("st\0te", 5);
  call.stream = "contacts";
  call.cursor = "c1";
  return call;
}

inline ConnectorRequest full_request(std::uint32_t tag) {
  ConnectorRequest request;
  request.tag = tag;
  request.effect = Effect::idempotent;
  request.cost = 4;
  request.endpoint = "api";
  request.method = "POST";
  request.path = "/v3/contacts";
  request.query = {{"limit", "1"}};
  request.headers = {{"content-type", "application/json"}, {"x-a", ""}};
  request.body = std::string("{\"b\":\"\xff\0\"}", 9);
  request.secrets = {{SecretPlace::body, 0, SecretTransform::hmac_sha256_hex, 5, "key", "msg"}};
  request.covers = {0, 1};
  request.bucket = "burst";
  request.idempotency_key = "k";
  return request;
}

// What a step of full_call() may give.
inline StepResult full_result() {
  StepResult result;
  result.requests = {full_request(1), full_request(2)};
  result.outcomes = {{1, Verdict::rejected, Applied::no, 12, 500, "ref", "INVALID", "no email"}};
  result.hints = {{1, "burst", 1'700'000'100'000}};
  result.logs = {{2, "careful"}};
  result.suspended = true;
  result.state = "next";
  result.delay_ms = 250;
  return result;
}

}  // namespace tenon::wire
