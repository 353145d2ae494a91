// A captured call with something in each of its fields.
#pragma once

#include "ports/captured_call.hpp"

namespace tenon::test {

// Two records, a step with a request and its reply, then a step that ends both.
inline CapturedCall sample_capture(std::string attempt = "att_sample") {
  CapturedCall call;
  call.tenant = "acme";
  call.workspace = "main";
  call.destination = "sales";
  call.release = "crm@1.0.0";
  call.attempt = std::move(attempt);
  call.op = Op::deliver;
  call.action = "upsert";
  call.at = time_from_us(1'760'000'000'123'456);
  call.took_ms = 42;
  call.seed = UINT64_MAX;
  call.settings = R"({"portal":"eu1"})";
  CallRecord record;
  record.id = "evt_1";
  record.type = "identify";
  record.body = R"({"userId":"u1","traits":{"email":"ada@example.org","phone":"0151 23"}})";
  record.vendor_ref = "77";
  record.flags = 2;
  call.records = {record, record};
  call.records[1].id = "evt_2";
  call.records[1].attempt = 3;
  ConnectorRequest request;
  request.tag = 9;
  request.effect = Effect::idempotent;
  request.cost = 2;
  request.endpoint = "api";
  request.method = "POST";
  request.path = "/v3/contacts/ada%40example.org";
  request.query = {{"idProperty", "email"}};
  request.headers = {{"content-type", "application/json"}};
  request.body = R"({"inputs":[{"email":"ada@example.org"}]})";
  SecretRef secret;
  secret.place = SecretPlace::header;
  secret.index = 1;
  secret.transform = SecretTransform::none;
  secret.offset = 7;
  secret.slot = "token";
  secret.message = "m";
  request.secrets = {secret};
  request.covers = {0, 1};
  request.bucket = "burst";
  request.idempotency_key = "key";
  HttpReply reply;
  reply.got = Got::http;
  reply.status = 207;
  reply.headers = {{"content-type", "application/json"}};
  reply.body = R"({"results":[{"email":"ada@example.org"}]})";
  reply.body_total = 9'000;
  CapturedStep first;
  first.now_ms = 1'760'000'000'123;
  first.idempotency = "idem-0";
  first.suspended = true;
  first.delay_ms = 5;
  first.requests = {request};
  first.replies = {reply};
  CapturedStep last;
  last.now_ms = 1'760'000'000'200;
  last.idempotency = "idem-1";
  last.status = -3;
  last.explain = "cannot read the reply";
  RecordOutcome accepted;
  accepted.verdict = Verdict::accepted;
  accepted.applied = Applied::yes;
  accepted.vendor_ref = "77";
  RecordOutcome rejected;
  rejected.index = 1;
  rejected.verdict = Verdict::rejected;
  rejected.reason = 12;
  rejected.retry_after_ms = 1'000;
  rejected.vendor_code = "INVALID_EMAIL";
  rejected.detail = "no such mailbox";
  last.outcomes = {accepted, rejected};
  call.steps = {first, last};
  call.failure = "step_failed";
  call.failure_text = "cannot read the reply";
  return call;
}

}  // namespace tenon::test
