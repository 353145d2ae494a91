// Options and callbacks of one transfer, and the mapping of libcurl's errors to Got.
#include "backends/curl_http/transfer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "backends/curl_http/peer.hpp"
#include "base/ascii.hpp"
#include "base/secret.hpp"

namespace tenon {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool has_header(const HttpHeaders& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    return std::equal(header.first.begin(), header.first.end(), name.begin(), name.end(),
                      [](char a, char b) { return lower(a) == b; });
  });
}

// All options go through this, so that one that this libcurl does not know is seen.
template <typename T>
bool set(CURL* easy, CURLoption option, T value) {
  return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

}  // namespace

Transfer::Transfer(CURL* easy, HttpRequest request, const boost::asio::any_io_executor& executor)
    : easy_(easy), request_(std::move(request)), finished_(executor) {}

Transfer::~Transfer() { wipe_request(); }

void Transfer::wipe_request() {
  for (curl_slist* item = headers_; item != nullptr; item = item->next) {
    explicit_bzero(item->data, std::strlen(item->data));
  }
  curl_slist_free_all(headers_);
  headers_ = nullptr;
  for (auto& header : request_.headers) wipe(header.second);
  wipe(request_.target);
  wipe(request_.body);
}

bool Transfer::prepare(const CurlOptions& options, milliseconds left) {
  scheme_ = request_.tls ? "https" : "http";
  const bool v6 = request_.host.find(':') != std::string::npos;
  url_ = scheme_ + "://" + (v6 ? "[" + request_.host + "]" : request_.host) + ":" +
         std::to_string(request_.port) + "/";
  // The target goes on the wire as it is: libcurl's URL parser never sees it.
  return set(easy_, CURLOPT_URL, url_.c_str()) &&
         set(easy_, CURLOPT_REQUEST_TARGET, request_.target.c_str()) && set_limits(options, left) &&
         set_security() && set_headers() && set_body();
}

bool Transfer::set_limits(const CurlOptions& options, milliseconds left) {
  const auto connect = std::min(options.connect_timeout, left);
  return set(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count())) &&
         set(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count())) &&
         set(easy_, CURLOPT_MAXAGE_CONN, static_cast<long>(options.max_idle.count())) &&
         set(easy_, CURLOPT_DNS_CACHE_TIMEOUT, 60L) && set(easy_, CURLOPT_NOSIGNAL, 1L) &&
         // Else ending a transfer would wait for a resolver thread that hangs.
         set(easy_, CURLOPT_QUICK_EXIT, 1L) && set(easy_, CURLOPT_HEADERDATA, this) &&
         set(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header) &&
         set(easy_, CURLOPT_WRITEDATA, this) &&
         set(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body) &&
         set(easy_, CURLOPT_PRIVATE, this) && set(easy_, CURLOPT_ACCEPT_ENCODING, "gzip");
}

bool Transfer::set_security() {
  bool good = set(easy_, CURLOPT_PROTOCOLS_STR, scheme_.c_str()) &&
              set(easy_, CURLOPT_FOLLOWLOCATION, 0L) && set(easy_, CURLOPT_PROXY, "") &&
              set(easy_, CURLOPT_NOPROXY, "*") &&
              set(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED)) &&
              set(easy_, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) &&
              set(easy_, CURLOPT_HTTP09_ALLOWED, 0L) &&
              set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS)) &&
              set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
              set(easy_, CURLOPT_SSL_VERIFYPEER, 1L) && set(easy_, CURLOPT_SSL_VERIFYHOST, 2L) &&
              set(easy_, CURLOPT_OPENSOCKETDATA, this) &&
              set(easy_, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open) &&
              set(easy_, CURLOPT_PREREQDATA, this) &&
              set(easy_, CURLOPT_PREREQFUNCTION, &Transfer::on_ready);
  // The system's directory of anchors stays in force beside the file.
  if (!request_.ca_file.empty())
    good = good && set(easy_, CURLOPT_CAINFO, request_.ca_file.c_str());
  return good;
}

bool Transfer::set_headers() {
  const auto add = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_, line.c_str());
    if (longer != nullptr) headers_ = longer;
    return longer != nullptr;
  };
  bool good = add("Expect:");  // no waiting for 100-continue
  if (!has_header(request_.headers, "content-type")) good = good && add("Content-Type:");
  if (!has_header(request_.headers, "accept")) good = good && add("Accept:");
  for (const auto& [name, value] : request_.headers) {
    // "name;" is libcurl's way of writing a header with no value.
    std::string line;
    line.reserve(name.size() + value.size() + 2);
    line.append(name);
    if (trimmed(value).empty()) {
      line.append(";");
    } else {
      line.append(": ").append(value);
    }
    good = good && add(line);
    wipe(line);
  }
  return good && set(easy_, CURLOPT_HTTPHEADER, headers_);
}

bool Transfer::set_body() {
  const std::string& method = request_.method;
  if (method == "HEAD") return set(easy_, CURLOPT_NOBODY, 1L);
  const bool with_body =
      !request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  bool good = true;
  if (with_body) {
    good = set(easy_, CURLOPT_POST, 1L) &&
           set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size())) &&
           set(easy_, CURLOPT_POSTFIELDS, request_.body.data());
  } else {
    good = set(easy_, CURLOPT_HTTPGET, 1L);
  }
  return good && set(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
}

curl_socket_t Transfer::on_open(void* data, curlsocktype, curl_sockaddr* address) {
  auto* self = static_cast<Transfer*>(data);
  if (!peer_allowed(&address->addr, address->addrlen, self->request_.peers)) {
    self->blocked_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Runs before each sending. A kept connection may have been opened under another policy, so its
// peer is judged again. libcurl sends a request again by itself when a kept connection dies without
// an answer; only the caller may decide that.
int Transfer::on_ready(void* data, char* peer, char*, int, int) {
  auto* self = static_cast<Transfer*>(data);
  if (!peer_allowed(peer, self->request_.peers)) {
    self->blocked_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  if (self->anything_sent()) {
    self->repeated_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

bool Transfer::anything_sent() const {
  long bytes = 0;
  return curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK || bytes > 0;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<Transfer*>(self)->take_header(line) ? line.size() : 0;
}

bool Transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxReplyHeaderBytes) {
    garbage_ = "its headers are over 64 KiB";
    return false;
  }
  if (line.starts_with("HTTP/")) {  // also after a 1xx answer
    reply_.headers.clear();
    content_lengths_ = encodings_ = 0;
    chunked_ = headers_ended_ = false;
    return true;
  }
  if (trimmed(line).empty()) headers_ended_ = true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  std::string name = lower(trimmed(line.substr(0, colon)));
  std::string value(trimmed(line.substr(colon + 1)));
  if (name == "content-length") {
    if (content_lengths_ > 0 && value != content_length_) garbage_ = "it gives two lengths";
    ++content_lengths_;
    content_length_ = value;
  }
  if (name == "transfer-encoding") chunked_ = true;
  if (name == "content-encoding") {
    ++encodings_;
    if (encodings_ > 1 || value.find(',') != std::string::npos) {
      garbage_ = "it has more than one content coding";
    }
  }
  if (chunked_ && content_lengths_ > 0) {
    garbage_ = "it has both Content-Length and Transfer-Encoding";
  }
  if (garbage_ != nullptr) return false;
  reply_.headers.emplace_back(std::move(name), std::move(value));
  return true;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* raw) {
  auto* self = static_cast<Transfer*>(raw);
  const std::size_t bytes = size * count;
  HttpReply& reply = self->reply_;
  reply.body_total += bytes;
  const std::uint64_t room = self->request_.max_reply.count - reply.body.size();
  reply.body.append(data, std::min<std::uint64_t>(bytes, room));
  if (bytes <= room) return bytes;
  self->cut_ = true;
  return 0;  // the rest is never read: whatever it would unpack to
}

void Transfer::finish(CURLcode code) {
  code_ = code;
  done_ = true;
  finished_.notify();
}

HttpReply Transfer::failure() const {
  HttpReply reply;
  reply.error = curl_easy_strerror(code_);
  if (blocked_ && !anything_sent()) {
    reply.got = Got::blocked;
    reply.error =
        "the address of " + request_.host + " is not allowed by this destination's peers setting";
  } else if (repeated_) {
    reply.got = Got::lost;
    reply.error = "the kept connection was closed without an answer";
  } else if (!anything_sent()) {
    reply.got = Got::no_connection;
  } else if (code_ == CURLE_OPERATION_TIMEDOUT) {
    reply.got = Got::timeout;
  } else {
    reply.got = Got::lost;
    if (garbage_ != nullptr) reply.error = std::string("the answer cannot be read: ") + garbage_;
  }
  return reply;
}

HttpReply Transfer::take_reply() {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  // libcurl takes a connection that ends within the headers for an answer.
  if (code_ == CURLE_OK && (!headers_ended_ || status < 200))
    garbage_ = "it ends within its headers";
  const bool whole = code_ == CURLE_OK || (cut_ && code_ == CURLE_WRITE_ERROR);
  if (!whole || garbage_ != nullptr) {
    HttpReply reply = failure();
    wipe_request();
    return reply;
  }
  reply_.got = Got::http;
  reply_.status = static_cast<std::uint32_t>(status);
  wipe_request();
  return std::move(reply_);
}

}  // namespace tenon
