// Names and things, put together by number.
#include "cli/dev_sample.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::array kFirst = {"Ada",  "Grace",  "Edsger",  "Barbara", "Alan",
                               "Joan", "Donald", "Frances", "Niklaus", "Radia"};
constexpr std::array kLast = {"Example",  "Sample",   "Placeholder", "Specimen",
                              "Template", "Stand-in", "Mock"};
constexpr std::array kThings = {"lamp", "kettle", "chair", "rug", "clock"};

Json customer(std::uint64_t number) {
  const std::string first = kFirst[number % kFirst.size()];
  const std::string last = kLast[number / kFirst.size() % kLast.size()];
  std::string mail = first + "." + last + "." + std::to_string(number) + "@customers.invalid";
  for (char& c : mail) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return {{"firstName", first}, {"lastName", last}, {"email", mail}, {"company", "Nobody Ltd"}};
}

}  // namespace

std::string sample_event(std::uint64_t run, std::uint64_t index) {
  const std::uint64_t number = index / 3 % kSampleCustomers;
  Json event = {{"messageId", "sample-" + std::to_string(run) + "-" + std::to_string(index)},
                {"userId", "synthetic-" + std::to_string(number)}};
  const std::string thing = kThings[number % kThings.size()];
  if (index % 3 == 0) {
    event["type"] = "identify";
    event["traits"] = customer(number);
  } else if (index % 3 == 1) {
    event["type"] = "track";
    event["event"] = "Product Viewed";
    event["properties"] = {{"product", thing}};
  } else {
    event["type"] = "track";
    event["event"] = "Order Completed";
    event["properties"] = {{"product", thing}, {"total", 10 + number % 90}, {"currency", "EUR"}};
  }
  return event.dump();
}

}  // namespace tenon::cli
