// answer_of: what a handler answers to a request that was admitted.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <utility>

#include "ports/http_handler.hpp"

namespace tenon::test {

inline HttpResponse answer_of(HttpHandler& handler, const HttpHead& head, const std::string& body) {
  boost::asio::io_context context;
  std::optional<HttpResponse> answer;
  boost::asio::co_spawn(context, handler.handle(head, body),
                        [&](std::exception_ptr error, HttpResponse response) {
                          if (error) std::rethrow_exception(error);
                          answer = std::move(response);
                        });
  context.run();
  return std::move(answer).value();
}

}  // namespace tenon::test
