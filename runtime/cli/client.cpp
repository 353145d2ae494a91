// One HTTP call through libcurl.
#include "cli/client.hpp"

#include <curl/curl.h>

#include <charconv>
#include <memory>

namespace tenon::cli {
namespace {

struct EasyDone {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDone {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* to) {
  auto& out = *static_cast<std::string*>(to);
  const std::size_t bytes = size * count;
  if (out.size() + bytes > kMaxAnswerBytes) return 0;  // ends the transfer with an error
  out.append(data, bytes);
  return bytes;
}

Error error_of(CURLcode code, const HttpCall& call) {
  const std::string where = call.unix_socket.empty() ? call.url : call.unix_socket;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return timed_out("wanted an answer within " + std::to_string(call.timeout.count()) + " ms",
                     where);
  }
  return unavailable(curl_easy_strerror(code), where);
}

}  // namespace

Result<HttpAnswer> http_call(const HttpCall& call) {
  std::unique_ptr<CURL, EasyDone> easy(curl_easy_init());
  if (!easy) return unavailable("libcurl cannot start");
  HttpAnswer answer;
  auto* const handle = easy.get();
  curl_slist* raw = curl_slist_append(nullptr, "expect:");
  if (!call.body.empty()) {
    raw = curl_slist_append(raw, ("content-type: " + call.content_type).c_str());
  }
  for (const auto& header : call.headers) raw = curl_slist_append(raw, header.c_str());
  const std::unique_ptr<curl_slist, ListDone> headers(raw);
  curl_easy_setopt(handle, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
  if (!call.unix_socket.empty()) {
    curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, call.unix_socket.c_str());
  }
  if (call.method == "POST" || !call.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call.body.data());
  }
  if (!call.user.empty()) {
    curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(handle, CURLOPT_USERNAME, call.user.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, "");
  }
  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK) return error_of(code, call);
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_header* header = nullptr;
  if (curl_easy_header(handle, "retry-after", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
    const std::string_view value(header->value);
    long wait = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), wait);
    if (read.ec == std::errc() && wait >= 0) answer.retry_after_s = wait;
  }
  return answer;
}

std::string escaped(const std::string& text) {
  if (text.empty()) return {};
  const std::unique_ptr<char, decltype(&curl_free)> out(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free);
  return out ? std::string(out.get()) : std::string();
}

std::string with_parameters(const std::string& path,
                            const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string out = path;
  char mark = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    out += mark + name + "=" + escaped(value);
    mark = '&';
  }
  return out;
}

}  // namespace tenon::cli
