// The op webhook at the border: what the connector sees, and what the sink takes of it.
#include <gtest/gtest.h>

#include "wire/step_result.hpp"
#include "worker/call_view.hpp"
#include "worker/host_sink.hpp"

namespace tenon::worker {
namespace {

tenon_str text_view(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(tenon_str text) { return {text.ptr, text.len}; }

constexpr wire::StepBounds kWebhook{Op::webhook, 0};

tenon_emit emit_of(std::uint32_t kind) {
  tenon_emit emit{};
  emit.size = sizeof emit;
  emit.kind = kind;
  emit.id = text_view("1");
  emit.type = text_view("track");
  emit.body = text_view("{}");
  return emit;
}

TEST(WebhookCall, TheConnectorSeesTheRequest) {
  Call call;
  EXPECT_EQ(CallView(call).get()->inbound, nullptr);
  call.op = Op::webhook;
  call.inbound.emplace();
  call.inbound->method = "POST";
  call.inbound->path = "/webhooks/crm?a=1";
  call.inbound->headers = {{"content-type", "text/plain"}, {"x-topic", "a"}};
  call.inbound->body = std::string("a\0b", 3);
  const CallView seen(call);
  const tenon_inbound* inbound = seen.get()->inbound;
  ASSERT_NE(inbound, nullptr);
  EXPECT_EQ(inbound->size, sizeof(tenon_inbound));
  EXPECT_EQ(view(inbound->method), "POST");
  EXPECT_EQ(view(inbound->path), "/webhooks/crm?a=1");
  EXPECT_EQ(view(inbound->body), std::string_view("a\0b", 3));
  ASSERT_EQ(inbound->headers.count, 2u);
  const tenon_kv& last = *TENON_AT(inbound->headers, tenon_kv, 1);
  EXPECT_EQ(view(last.key), "x-topic");
  EXPECT_EQ(view(last.value), "a");
}

TEST(WebhookCall, RecordsAndOneReplyAreTaken) {
  HostSink sink(kWebhook);
  const tenon_sink* s = sink.sink();
  const auto emit = emit_of(TENON_EMIT_RECORD);
  EXPECT_EQ(s->emit(s, &emit), TENON_OK);
  EXPECT_EQ(s->reply(s, 202, text_view("ok")), TENON_OK);
  const StepResult result = sink.finish(TENON_OK);
  EXPECT_EQ(result.emits.size(), 1u);
  EXPECT_EQ(result.reply_status, 202u);
  EXPECT_EQ(result.reply_body, "ok");
  EXPECT_TRUE(wire::check_result(result, kWebhook));
}

TEST(WebhookCall, AllElseIsRefusedAndFailsTheStep) {
  const auto refused = [](tenon_status wanted, auto push) {
    HostSink sink(kWebhook);
    EXPECT_EQ(push(sink.sink()), wanted);
    const StepResult result = sink.finish(TENON_OK);
    EXPECT_EQ(result.status, wanted);
    EXPECT_TRUE(wire::check_result(result, kWebhook));
  };
  refused(TENON_E_UNSUPPORTED, [](const tenon_sink* s) {
    tenon_request request{};
    request.size = sizeof request;
    request.endpoint = text_view("api");
    return s->request(s, &request);
  });
  for (const std::uint32_t kind : {TENON_EMIT_FOUND, TENON_EMIT_ABSENT}) {
    refused(TENON_E_INPUT, [kind](const tenon_sink* s) {
      const auto emit = emit_of(kind);
      return s->emit(s, &emit);
    });
  }
  for (const std::uint32_t status : {0u, 100u, 199u, 600u}) {
    refused(TENON_E_INPUT,
            [status](const tenon_sink* s) { return s->reply(s, status, text_view("")); });
  }
  refused(TENON_E_INPUT, [](const tenon_sink* s) {
    EXPECT_EQ(s->reply(s, 200, text_view("")), TENON_OK);
    return s->reply(s, 200, text_view(""));
  });
  const std::string long_body(wire::kMaxReplyBodyBytes + 1, 'x');
  refused(TENON_E_LIMIT,
          [&long_body](const tenon_sink* s) { return s->reply(s, 200, text_view(long_body)); });
}

}  // namespace
}  // namespace tenon::worker
