// Between Beast's messages and the port's: what is refused by its headers alone, and how answers
// look.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "backends/beast_server/beast_server.hpp"

namespace tenon::beast_server {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

// A problem answer after which the connection ends.
HttpResponse closing(std::uint32_t status, std::string_view detail);

// What a request's headers alone make wrong: too long a line, too many fields, doubtful framing.
std::optional<HttpResponse> refuse_headers(const Parser& parser,
                                           const BeastServer::Options& options);
// For what the parser could not read.
HttpResponse refuse_syntax(const boost::system::error_code& error,
                           const BeastServer::Options& options);

HttpHead head_of(const Parser& parser, std::string peer);

// The bytes of an answer's head: status line and headers, the server's own among them.
std::string answer_head(const HttpResponse& response, bool keep_alive, Time now);

}  // namespace tenon::beast_server
