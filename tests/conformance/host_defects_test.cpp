// Hosts with one defect each: the C++ glue refuses what they give, in words, and believes nothing.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tenon/connector.hpp"

namespace tenon {
namespace {

using namespace sdk;

// Asks once for all records, and accepts whom the reply to that request is a yes for.
struct Asking {
  explicit Asking(std::string_view) {}
  Next deliver(const Call& call, DeliverStep& step) const {
    if (call.step() == 0) {
      for (const Record record : call.records()) {
        step.send(Request::post("api", "/v1").carries(record));
      }
      return step.suspend("asked");
    }
    return step.end_each(call.records(), [&](const Record& record) {
      const auto response = call.response(record.index());
      return response && response->ok() ? Outcome::accepted() : Outcome();
    });
  }
};

// A host of the smallest kind, sound until a test spoils it.
struct Host {
  std::vector<tenon_record> records;
  std::vector<tenon_response> responses;
  tenon_call call{};
  tenon_sink sink{};
  std::vector<std::uint32_t> verdicts;
  int requests = 0;
  std::string explained;

  explicit Host(std::uint32_t step) {
    for (const char* id : {"evt_0", "evt_1"}) {
      tenon_record record{};
      record.size = sizeof record;
      record.id = str(id);
      record.body = str("{}");
      records.push_back(record);
    }
    for (std::uint32_t tag = 0; tag < 2 && step > 0; ++tag) {
      tenon_response response{};
      response.size = sizeof response;
      response.tag = tag;
      response.got = TENON_GOT_HTTP;
      response.http_status = tag == 0 ? 200 : 500;
      responses.push_back(response);
    }
    call.size = sizeof call;
    call.op = TENON_OP_DELIVER;
    call.step = step;
    call.action = str("send");
    sink.size = sizeof sink;
    sink.ctx = this;
    sink.request = [](const tenon_sink* me, const tenon_request*) -> tenon_status {
      ++of(me).requests;
      return TENON_OK;
    };
    sink.outcome = [](const tenon_sink* me, const tenon_outcome* outcome) -> tenon_status {
      of(me).verdicts.push_back(outcome->verdict);
      return TENON_OK;
    };
    sink.emit = [](const tenon_sink*, const tenon_emit*) -> tenon_status { return TENON_OK; };
    sink.checkpoint = [](const tenon_sink*, tenon_str, std::uint32_t) -> tenon_status {
      return TENON_OK;
    };
    sink.reply = [](const tenon_sink*, std::uint32_t, tenon_str) -> tenon_status {
      return TENON_OK;
    };
    sink.hint = [](const tenon_sink*, const tenon_hint*) -> tenon_status { return TENON_OK; };
    sink.suspend = [](const tenon_sink*, tenon_str, std::uint32_t) -> tenon_status {
      return TENON_OK;
    };
    sink.explain = [](const tenon_sink* me, tenon_str why) { of(me).explained = text(why); };
  }
  static Host& of(const tenon_sink* sink) { return *static_cast<Host*>(sink->ctx); }

  void lay_out() {
    call.records = {records.data(), static_cast<std::uint32_t>(records.size()),
                    sizeof(tenon_record)};
    call.responses = {responses.data(), static_cast<std::uint32_t>(responses.size()),
                      sizeof(tenon_response)};
  }

  tenon_status run() {
    const tenon_connector& table = *Table<Asking>::get();
    tenon_instance* instance = nullptr;
    table.create(nullptr, str("{}"), &sink, &instance);
    const tenon_status status = table.step(instance, &call, &sink);
    table.destroy(instance);
    return status;
  }
};

TEST(HostDefects, a_sound_host_is_served) {
  Host first(0), second(1);
  first.lay_out();
  second.lay_out();
  EXPECT_EQ(first.run(), TENON_OK);
  EXPECT_EQ(first.requests, 2);
  EXPECT_EQ(second.run(), TENON_OK);
  EXPECT_EQ(second.verdicts, (std::vector<std::uint32_t>{TENON_ACCEPTED, TENON_UNRESOLVED}));
}

TEST(HostDefects, a_call_that_is_too_short) {
  Host host(0);
  host.lay_out();
  host.call.size = 8;
  EXPECT_EQ(host.run(), TENON_E_INPUT);
  EXPECT_EQ(host.explained, "call.size: wanted 152 to 4096, found 8");
  EXPECT_EQ(host.requests, 0);
}

TEST(HostDefects, elements_that_overlap) {
  Host host(0);
  host.lay_out();
  host.call.records.stride = 16;
  EXPECT_EQ(host.run(), TENON_E_INPUT);
  EXPECT_EQ(host.explained, "call.records: wanted a stride of 80 to 4096 by 8, found 16");
}

TEST(HostDefects, a_text_that_points_nowhere) {
  Host host(0);
  host.records[1].body = {nullptr, 2};
  host.lay_out();
  EXPECT_EQ(host.run(), TENON_E_INPUT);
  EXPECT_EQ(host.explained, "record.body: wanted a pointer to 2 bytes, found null");
  EXPECT_EQ(host.requests, 0);
}

TEST(HostDefects, a_sink_that_lacks_a_function) {
  Host host(1);
  host.lay_out();
  host.sink.outcome = nullptr;
  EXPECT_EQ(host.run(), TENON_E_INPUT);
  EXPECT_EQ(host.explained, "sink: wanted eight functions, found a null");
}

// Found by their tags, so neither their order nor a missing one gives a record another's fate.
TEST(HostDefects, replies_out_of_order_or_missing) {
  Host turned(1), missing(1);
  std::swap(turned.responses[0], turned.responses[1]);
  turned.lay_out();
  EXPECT_EQ(turned.run(), TENON_OK);
  EXPECT_EQ(turned.verdicts, (std::vector<std::uint32_t>{TENON_ACCEPTED, TENON_UNRESOLVED}));
  missing.responses.erase(missing.responses.begin());
  missing.lay_out();
  EXPECT_EQ(missing.run(), TENON_OK);
  EXPECT_EQ(missing.verdicts, (std::vector<std::uint32_t>{TENON_UNRESOLVED, TENON_UNRESOLVED}));
}

}  // namespace
}  // namespace tenon
