// Headers and bytes of a binary CloudEvent as one JSON object.
#include "ingest/cloudevents_binary.hpp"

#include <algorithm>
#include <set>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/limits.hpp"

namespace tenon {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    out.push_back(value[i]);
  }
  return out;
}

// A '%' that no two hex digits follow stays: some senders do not encode at all.
std::string percent_decoded(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '%' && i + 2 < value.size() && hex_digit(value[i + 1]) >= 0 &&
        hex_digit(value[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(value[i + 1]) * 16 + hex_digit(value[i + 2])));
      i += 2;
    } else {
      out.push_back(value[i]);
    }
  }
  return out;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return out;
}

bool is_json_type(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

void put_attributes(JsonWriter& out, const HttpHeaders& headers, std::string_view content_type) {
  std::set<std::string_view> written{"data", "data_base64", "datacontenttype"};
  for (const auto& [name, value] : headers) {
    if (!name.starts_with("ce-")) continue;
    const std::string_view attribute = std::string_view(name).substr(3);
    if (!written.insert(attribute).second) continue;
    out.key(attribute).string(cloudevents_header_text(value));
  }
  if (!content_type.empty())
    out.key("datacontenttype").string(cloudevents_header_text(content_type));
}

}  // namespace

std::string cloudevents_header_text(std::string_view value) {
  std::string text = percent_decoded(unquoted(value));
  if (is_utf8(text)) return text;
  return is_utf8(value) ? std::string(value) : latin1_to_utf8(text);
}

ParsedEvent parse_binary_cloudevent(JsonParser& parser, const HttpHeaders& headers,
                                    std::string_view body) {
  const auto found = std::find_if(headers.begin(), headers.end(), [](const auto& header) {
    return header.first == "content-type";
  });
  const std::string_view content_type =
      found == headers.end() ? std::string_view() : std::string_view(found->second);
  std::optional<Error> bad_data;
  JsonWriter out;
  out.begin_object();
  put_attributes(out, headers, content_type);
  if (!body.empty() && is_json_type(content_type)) {
    auto data = parser.parse(body, kMaxParserDepth);
    if (data) {
      out.key("data").json(data->to_json());
    } else {
      bad_data = data.error();
      out.key("data_base64").string(to_base64(body));
    }
  } else if (!body.empty()) {
    if (lower(content_type).starts_with("text/") && is_utf8(body)) {
      out.key("data").string(body);
    } else {
      out.key("data_base64").string(to_base64(body));
    }
  }
  out.end_object();
  const std::string structured = std::move(out).take();
  const auto whole = parser.parse(structured, kMaxParserDepth);
  ParsedEvent event;
  if (!whole) {  // only by data that is nested as deeply as can be parsed
    event.raw.format = RawFormat::unparsed;
    event.raw.payload = structured;
    refuse(event, "too_deep", whole.error().text());
    return event;
  }
  event = parse_cloudevent(*whole);
  if (event.accepted() && bad_data) refuse(event, "bad_json", "data: " + bad_data->text());
  return event;
}

}  // namespace tenon
