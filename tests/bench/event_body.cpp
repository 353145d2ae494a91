// The event of the benchmark: a purchase with some twenty fields, padded to 1,024 bytes.
#include "bench/event_body.hpp"

#include <stdexcept>

namespace bench {
namespace {

constexpr std::string_view kHead =
    R"({"type":"track","messageId":"m0000000000000000","userId":"user-000000","event":"Order )"
    R"(Completed","properties":{"mark":"bench-mark-0000000000000000-00000000000000000000",)";
constexpr std::string_view kRest =
    R"("orderId":"50314b8e9bcf000000000000","affiliation":"Shop","total":27.5,"subtotal":22.5,)"
    R"("revenue":25,"shipping":3,"tax":2,"discount":2.5,"coupon":"welcome","currency":"EUR",)"
    R"("products":[{"product_id":"507f1f77bcf86cd799439011","sku":"45790-32","name":"Monopoly: )"
    R"(3rd Edition","price":19,"quantity":1,"category":"Games"}]},"context":{"locale":"en-GB",)"
    R"("timezone":"Europe/Berlin","userAgent":"Mozilla/5.0 X11; Linux x86_64","page":)"
    R"({"path":"/checkout/done","title":"Thank you","url":"https://shop.example/checkout/done"},)"
    R"("library":{"name":"bench","version":"1.0.0"}},"timestamp":"2026-01-01T00:00:00.000Z",)"
    R"("note":")";

void write_digits(std::string& text, std::size_t at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i-- > 0; value /= 10) {
    text[at + i] = static_cast<char>('0' + value % 10);
  }
}

std::string event_text() {
  std::string event = std::string(kHead) + std::string(kRest);
  if (event.size() + 2 > kEventBytes) throw std::logic_error("the event is too long");
  event.append(kEventBytes - event.size() - 2, 'x').append("\"}");
  return event;
}

}  // namespace

EventRequest::EventRequest(std::size_t batch, const std::string& path,
                           const std::string& authorization) {
  const std::string event = event_text();
  std::string body;
  if (batch > 1) body = R"({"batch":[)";
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < batch; ++i) {
    if (i > 0) body += ',';
    begins.push_back(body.size());
    body += event;
  }
  if (batch > 1) body += "]}";
  text_ = "POST " + path +
          " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
          "Authorization: Basic " +
          authorization + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  const std::size_t head = text_.size();
  text_ += body;
  const std::size_t id = event.find("\"m0000") + 2, user = event.find("user-0") + 5,
                    number = event.find(kMark) + kMark.size();
  for (const std::size_t begin : begins) {
    const std::size_t at = head + begin;
    places_.push_back({at + id, at + user, at + number, at + number + kNumberDigits + 1});
  }
}

const std::string& EventRequest::with(std::uint64_t first, std::uint64_t now_ns) {
  for (const auto& place : places_) {
    write_digits(text_, place.id, kNumberDigits, first);
    write_digits(text_, place.user, kUserDigits, first % kUsers);
    write_digits(text_, place.number, kNumberDigits, first);
    write_digits(text_, place.sent, kTimeDigits, now_ns);
    ++first;
  }
  return text_;
}

}  // namespace bench
