// Transfer: one easy handle with all that its callbacks need; made up, run, judged.
#pragma once

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <string>

#include "async/signal.hpp"
#include "backends/curl_http/curl_http_client.hpp"
#include "ports/http_client.hpp"

namespace tenon {

constexpr std::size_t kMaxReplyHeaderBytes = 64 * 1024;

class Transfer {
 public:
  // Takes the handle for its life; the caller takes it back with `release` after removing it from
  // the multi handle.
  Transfer(CURL* easy, HttpRequest request, const boost::asio::any_io_executor& executor);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Sets every option. `left` is the time until the deadline. False: libcurl refused one.
  bool prepare(const CurlOptions& options, milliseconds left);
  CURL* easy() const { return easy_; }

  // Called by the loop when libcurl is through with it.
  void finish(CURLcode code);
  bool done() const { return done_; }
  Signal& finished() { return finished_; }
  // What came of it; once, after `done`.
  HttpReply take_reply();

 private:
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_ready(void* self, char* peer, char* local, int peer_port, int local_port);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  bool take_header(std::string_view line);
  bool set_headers();
  bool set_body();
  bool set_limits(const CurlOptions& options, milliseconds left);
  bool set_security();
  bool anything_sent() const;
  HttpReply failure() const;
  void wipe_request();

  CURL* easy_;
  HttpRequest request_;
  curl_slist* headers_ = nullptr;
  Signal finished_;
  HttpReply reply_;
  std::string url_, scheme_;
  std::size_t header_bytes_ = 0;
  int content_lengths_ = 0, encodings_ = 0;
  bool chunked_ = false, headers_ended_ = false;
  std::string content_length_;
  bool done_ = false;
  bool blocked_ = false;           // the peer's address is not allowed
  bool repeated_ = false;          // libcurl wanted to send it a second time by itself
  bool cut_ = false;               // over max_reply: the rest is not wanted
  const char* garbage_ = nullptr;  // why the answer is none, though libcurl would take it
  CURLcode code_ = CURLE_OK;
};

}  // namespace tenon
