// A server for one request: no library for so little, but its target is read by one.
#include "cli/loopback.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/url.hpp>
#include <utility>

namespace tenon::cli {
namespace {

constexpr std::size_t kMaxRequestBytes = 16 * 1024;
constexpr int kReadWithinMs = 5'000;
using SteadyTime = std::chrono::steady_clock::time_point;

int left_ms(SteadyTime until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(left.count());
}

bool readable(int socket, int within_ms) {
  pollfd waiting{socket, POLLIN, 0};
  return ::poll(&waiting, 1, within_ms) == 1;
}

// The head of a request, or as much as came in time.
std::string read_head(int socket) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kReadWithinMs);
  std::string head;
  char buffer[2'048];
  while (head.size() < kMaxRequestBytes && head.find("\r\n\r\n") == std::string::npos &&
         readable(socket, left_ms(until))) {
    const auto got = ::recv(socket, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    head.append(buffer, static_cast<std::size_t>(got));
  }
  return head;
}

void answer(int socket, const char* status, const std::string& text) {
  const std::string body = "<!doctype html><meta charset=utf-8><title>Tenon</title><p>" + text;
  const std::string reply = std::string("HTTP/1.1 ") + status +
                            "\r\ncontent-type: text/html\r\nconnection: close\r\n"
                            "content-security-policy: default-src 'none'\r\n"
                            "referrer-policy: no-referrer\r\ncache-control: no-store\r\n"
                            "content-length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body;
  static_cast<void>(::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL));
}

}  // namespace

bool read_callback(const std::string& target, CameBack& out) {
  const auto url = boost::urls::parse_origin_form(target);
  if (!url || url->encoded_path() != "/callback") return false;
  for (const auto& parameter : url->params()) {
    if (parameter.key == "state") out.state = parameter.value;
    if (parameter.key == "code") out.code = Secret(std::string(parameter.value));
    if (parameter.key == "error") out.error = parameter.value + out.error;
    if (parameter.key == "error_description") out.error += ": " + parameter.value;
  }
  return !out.state.empty();
}

Result<LoopbackCallback> LoopbackCallback::open() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (socket < 0 || ::bind(socket, raw, size) != 0 || ::listen(socket, 8) != 0 ||
      ::getsockname(socket, raw, &size) != 0) {
    if (socket >= 0) ::close(socket);
    return unavailable("no port of 127.0.0.1 can be opened");
  }
  return LoopbackCallback(socket, ntohs(address.sin_port));
}

LoopbackCallback::LoopbackCallback(LoopbackCallback&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), port_(other.port_) {}

LoopbackCallback::~LoopbackCallback() {
  if (socket_ >= 0) ::close(socket_);
}

std::string LoopbackCallback::uri() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/callback";
}

Result<CameBack> LoopbackCallback::wait(std::chrono::seconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (readable(socket_, left_ms(until))) {
    const int peer = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    std::string head = read_head(peer);
    const auto begin = head.find(' '), end = head.find(' ', begin + 1);
    CameBack back;
    const bool is_get = head.starts_with("GET ") && end != std::string::npos;
    const bool ours = is_get && read_callback(head.substr(begin + 1, end - begin - 1), back);
    wipe(head);
    if (ours) {
      answer(peer, "200 OK", "You can close this page and go back to the terminal.");
    } else {
      answer(peer, "404 Not Found", "Nothing is here.");
    }
    ::close(peer);
    if (ours) return back;
  }
  return timed_out("nobody came back from the vendor's page in time");
}

}  // namespace tenon::cli
