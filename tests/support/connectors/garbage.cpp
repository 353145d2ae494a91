// Breaks the rules of the sink, or those of the socket, by the name of the action.
#include <unistd.h>

#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  const auto action = raw::view(call->action);
  if (action == "frame") {  // bytes of its own on the worker's socket
    const char bytes[64] = "these are not frames";
    (void)!write(3, bytes, sizeof bytes);
  } else if (action == "empty") {
    (void)!write(3, "", 0);
  } else if (action == "hang_up") {
    close(3);
    for (;;) usleep(1'000);
  } else if (action == "index") {
    tenon_outcome outcome{};
    outcome.size = sizeof outcome;
    outcome.index = 4'000'000'000u;
    sink->outcome(sink, &outcome);
  } else if (action == "size") {
    tenon_outcome outcome{};
    outcome.size = 8;
    sink->outcome(sink, &outcome);
  } else if (action == "null") {
    sink->request(sink, nullptr);
  } else if (action == "array") {
    tenon_request request{};
    request.size = sizeof request;
    request.headers = {nullptr, 5, sizeof(tenon_kv)};
    sink->request(sink, &request);
  } else if (action == "huge") {
    tenon_request request{};
    request.size = sizeof request;
    request.body = {"x", 1ull << 40};
    sink->request(sink, &request);
  } else if (action == "half") {
    tenon_request request{};
    request.size = sizeof request;
    sink->request(sink, &request);
  } else if (action == "status") {
    return 77;
  }
  return TENON_OK;
}
TEST_CONNECTOR(step)
