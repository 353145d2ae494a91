// Lies to the host: frames of its own on the worker's socket, and pushes that a sink must refuse.
#include <tenon/tenon.h>
#include <unistd.h>

#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>

#include "hostile.hpp"

extern "C" void* __libc_stack_end;  // of the C library's loader

namespace hostile {
namespace {

// The frame's layout as runtime/wire/frame.hpp has it; an attacker has read that, too.
struct Head {
  std::uint32_t magic = 0x574e4e54;
  std::uint8_t version = 1, type = 4;      // a result
  std::uint16_t flags = 3;                 // first and last
  std::uint32_t length = 0, sequence = 3;  // after gate, ready and opened
  std::uint64_t handle = 0;
  std::uint32_t total = 0, crc = 0;
};
static_assert(sizeof(Head) == 32);

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1)));
  }
  return ~crc;
}

void put(std::string bytes) { (void)!write(3, bytes.data(), bytes.size()); }

std::string frame(Head head, std::string_view payload, bool fix_length = true) {
  if (fix_length) head.length = static_cast<std::uint32_t>(payload.size());
  std::string out(sizeof head, '\0');
  std::memcpy(out.data(), &head, sizeof head);
  const std::uint32_t crc = crc32c(out.substr(0, 28) + std::string(payload));
  std::memcpy(out.data() + 28, &crc, sizeof crc);
  return out.append(payload);
}

sigjmp_buf not_there;

// Does a packet of the worker's lie here? The handle in its head, or 0.
std::uint64_t handle_at(std::uintptr_t address) {
  if (sigsetjmp(not_there, 1) != 0) return 0;
  Head head;
  std::memcpy(&head, reinterpret_cast<const void*>(address), sizeof head);
  constexpr std::uint8_t kStep = 3;
  return head.magic == Head{}.magic && head.type == kStep ? head.handle : 0;
}

// The message in flight has the handle that this step was called with. It stands in the buffer from
// which the worker has read the call, and to that points its stack, above our frames.
std::uint64_t find_handle() {
  struct sigaction jump {};
  jump.sa_handler = [](int) { siglongjmp(not_there, 1); };
  for (const int signal : {SIGSEGV, SIGBUS}) sigaction(signal, &jump, nullptr);
  std::uintptr_t here = 0;
  const auto* word = &here;
  for (; word < static_cast<const std::uintptr_t*>(__libc_stack_end); ++word) {
    const std::uint64_t handle = *word > 4096 ? handle_at(*word) : 0;
    if (handle != 0) return handle;
  }
  return 0;
}

void lie(std::string_view name) {
  Head head;
  head.handle = find_handle();  // right, so that each lie is told by another field
  if (name == "frame_magic") head.magic = 1;
  if (name == "frame_version") head.version = 9;
  if (name == "frame_type") head.type = 77;
  if (name == "frame_direction") head.type = 3;
  if (name == "frame_flags") head.flags = 0xfff3;
  if (name == "frame_sequence") head.sequence = 1000;
  if (name == "frame_huge_total") head.total = 0xffffffff;
  if (name == "frame_short_total") head.total = 1;
  if (name == "frame_part_first") head.flags = 2;
  if (name == "frame_ready_again") head.type = 6;
  if (name == "frame_gate_again") head.type = 8;
  if (name == "frame_handle") head.handle ^= 1;
  if (name == "frame_length") {
    head.length = 0xffffffff;
    return put(frame(head, "", false));
  }
  if (name == "frame_crc") {
    std::string bytes = frame(head, "");
    bytes[29] = static_cast<char>(bytes[29] ^ 1);
    return put(std::move(bytes));
  }
  if (name == "frame_four_bytes") return put("TNNW");
  if (name == "frame_too_long") {
    head.total = 130'000;
    return put(frame(head, std::string(130'000, 'x')) + std::string(5'000, 'y'));
  }
  if (name == "frame_half") {
    head.flags = 1;
    head.total = 4096;
    put(frame(head, "half"));
    for (;;) usleep(100'000);
  }
  if (name == "frame_short_total") return put(frame(head, "more than one"));
  put(frame(head, ""));
}

tenon_str str(std::string_view text) { return {text.data(), text.size()}; }

int push_request(const tenon_sink* sink, std::string_view name) {
  tenon_kv header{str("x-note"), str("fine")}, second{str("x-more"), str("fine")};
  tenon_request request{};
  request.size = sizeof request;
  request.tag = 1;
  request.endpoint = str("api");
  request.method = str("POST");
  request.path = str("/v1/things");
  request.body = str("{}");
  if (name == "header_line_break") header.value = str("a\r\nX-Evil: 1");
  if (name == "header_name_break") header.key = str("x-a\r\nx-b");
  if (name == "header_colon") header.key = str("x-a: b\t");
  if (name == "header_null") header.value = {"a\0b", 3};
  if (name == "method_smuggle") request.method = str("GET / HTTP/1.1\r\nHost: evil\r\n\r\nGET");
  if (name == "method_unknown") request.method = str("CONNECT");
  if (name == "path_line_break") request.path = str("/a\r\nHost: evil");
  if (name == "path_space") request.path = str("/a HTTP/1.1");
  if (name == "two_lengths") {
    header = {str("Transfer-Encoding"), str("chunked")};
    second = {str("Content-Length"), str("0")};
  }
  if (name == "host_header") header = {str("HOST"), str("evil.example")};
  if (name == "own_authorization") header = {str("Authorization"), str("Bearer x")};
  if (name == "proxy_header") header = {str("Proxy-Authorization"), str("x")};
  if (name == "forwarded_header") header = {str("X-Forwarded-For"), str("127.0.0.1")};
  if (name == "cookie_header") header = {str("Cookie"), str("a=b")};
  if (name == "same_header_twice") second.key = str("X-NOTE");
  if (name == "absolute_form") request.path = str("http://evil.example/");
  if (name == "user_in_path") request.path = str("@evil.example/");
  if (name == "double_slash") request.path = str("//evil.example/a");
  if (name == "backslash") request.path = str("/\\evil.example");
  if (name == "dot_segments") request.path = str("/v1/../../admin");
  if (name == "hidden_dots") request.path = str("/v1/%2e%2E/admin");
  if (name == "encoded_slash") request.path = str("/v1/%2f..%2fadmin");
  if (name == "encoded_null") request.path = str("/v1/%00");
  if (name == "query_in_path") request.path = str("/v1?a=b");
  if (name == "fragment_in_path") request.path = str("/v1#a");
  if (name == "wide_bytes") request.path = str("/v1/\xc3\xa9");
  if (name == "unknown_endpoint") request.endpoint = str("https://evil.example");
  if (name == "no_endpoint") request.endpoint = {};
  const tenon_kv headers[2] = {header, second};
  request.headers = {headers, 2, sizeof(tenon_kv)};
  int status = sink->request(sink, &request);
  if (status == TENON_OK) status = sink->suspend(sink, str("s"), 0);
  return status;
}

int misuse_sink(const tenon_call* call, const tenon_sink* sink, std::string_view name) {
  tenon_outcome outcome{};
  outcome.size = sizeof outcome;
  outcome.verdict = TENON_ACCEPTED;
  tenon_request request{};
  request.size = sizeof request;
  request.endpoint = str("api");
  request.method = str("POST");
  if (name == "outcome_index") outcome.index = 4'000'000'000u;
  if (name == "outcome_size") outcome.size = 8;
  if (name == "outcome_verdict") outcome.verdict = 99;
  if (name == "outcome_wild_pointer") outcome.detail = {reinterpret_cast<const char*>(8), 64};
  if (name == "outcome_long") outcome.detail = {"x", 1ull << 40};
  if (name == "outcome_bytes") outcome.detail = str("\xff\xfe \x1b[2J \r\n{\"level\":\"error\"}");
  if (name == "outcome_twice") (void)sink->outcome(sink, &outcome);
  if (name.substr(0, 8) == "outcome_") return sink->outcome(sink, &outcome);
  if (name == "request_null") return sink->request(sink, nullptr);
  if (name == "request_array") request.headers = {nullptr, 5, sizeof(tenon_kv)};
  if (name == "request_stride") request.headers = {&request, 4, 1};
  if (name == "request_flood") {
    for (std::uint32_t i = 0; i < 2'000'000; ++i) {
      request.tag = i;
      if (const int status = sink->request(sink, &request); status != TENON_OK) return status;
    }
    return TENON_OK;
  }
  if (name == "request_bytes") {
    const std::string much(16u << 20, 'x');
    request.body = str(much);
  }
  if (name == "emit_in_delivery") {
    tenon_emit emit{};
    emit.size = sizeof emit;
    emit.kind = TENON_EMIT_RECORD;
    return sink->emit(sink, &emit);
  }
  if (name == "suspend_alone") return sink->suspend(sink, str("s"), 0);
  (void)call;
  return sink->request(sink, &request);
}

bool starts(std::string_view name, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (name.substr(0, word.size()) == word) return true;
  }
  return false;
}

}  // namespace

void write_output() {
  for (int i = 0; i < 20'000; ++i) {
    const char line[] = "\x1b[2J\r{\"level\":\"error\",\"event\":\"host.fatal\"}\n";
    (void)!write(1, line, sizeof line - 1);
  }
}

bool run_step_case(std::string_view name, const void* call_, const void* sink_, int& status) {
  const auto* call = static_cast<const tenon_call*>(call_);
  const auto* sink = static_cast<const tenon_sink*>(sink_);
  if (starts(name, {"frame_"})) {
    lie(name);
    status = TENON_OK;
    return true;
  }
  if (name == "output_flood") {
    write_output();
    return false;
  }
  if (starts(name, {"outcome_", "request_", "emit_", "suspend_"})) {
    status = misuse_sink(call, sink, name);
    return true;
  }
  if (starts(name,
             {"benign_request", "header_",          "method_",      "path_",        "two_lengths",
              "host_header",    "own_auth",         "proxy_header", "forwarded_",   "cookie_",
              "same_header",    "absolute_form",    "user_in_path", "double_slash", "backslash",
              "dot_seg",        "hidden_dots",      "encoded_",     "query_in",     "fragment_in",
              "wide_bytes",     "unknown_endpoint", "no_endpoint"})) {
    status = push_request(sink, name);
    return true;
  }
  return false;
}

}  // namespace hostile
