// A corpus of what vendors say of their limits in headers, and of what is no news at all.
#include "egress/vendor_news.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

const Time kAnswered = time_from_us(1'700'000'000'000'000);  // 2023-11-14T22:13:20Z

RateHeader rule(std::string limit, std::string remaining, std::string reset,
                ResetForm form = ResetForm::delta_s) {
  RateHeader out;
  out.limit = std::move(limit);
  out.remaining = std::move(remaining);
  out.reset = std::move(reset);
  out.reset_form = form;
  return out;
}

VendorNews news(std::optional<std::uint64_t> limit, std::optional<std::uint64_t> remaining,
                std::optional<std::int64_t> reset_ms) {
  VendorNews out;
  out.limit = limit;
  out.remaining = remaining;
  if (reset_ms) out.reset = milliseconds(*reset_ms);
  return out;
}

struct Form {
  const char* what;
  RateHeader rule;
  HttpHeaders headers;
  VendorNews says;
};

RateHeader ietf() {
  RateHeader out;
  out.form = RateHeaderForm::ietf;
  out.remaining = "ratelimit";
  return out;
}
RateHeader used_of_limit() {
  RateHeader out;
  out.form = RateHeaderForm::used_of_limit;
  out.remaining = "x-shop-api-call-limit";
  return out;
}

TEST(VendorNews, FormsThatAreInUse) {
  const auto x = [](ResetForm form) {
    return rule("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", form);
  };
  const auto crm = rule("x-crm-ratelimit-max", "x-crm-ratelimit-remaining",
                        "x-crm-ratelimit-interval-milliseconds", ResetForm::delta_ms);
  const auto plain = rule("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset");
  const std::vector<Form> forms{
      {"a fixed interval in milliseconds",
       crm,
       {{"x-crm-ratelimit-max", "110"},
        {"x-crm-ratelimit-remaining", "109"},
        {"x-crm-ratelimit-interval-milliseconds", "10000"}},
       news(110, 109, 10'000)},
      {"seconds from now, and a limit with its policies",
       plain,
       {{"ratelimit-limit", "75, 75;w=1, 700;w=60"},
        {"ratelimit-remaining", "74"},
        {"ratelimit-reset", "1"}},
       news(75, 74, 1'000)},
      {"Unix seconds",
       x(ResetForm::unix_s),
       {{"x-ratelimit-limit", "5000"},
        {"x-ratelimit-remaining", "0"},
        {"x-ratelimit-reset", "1700000042"}},
       news(5'000, 0, 42'000)},
      {"Unix seconds with decimals",
       x(ResetForm::unix_s),
       {{"x-ratelimit-remaining", "1"}, {"x-ratelimit-reset", "1700000000.250"}},
       news({}, 1, 250)},
      {"Unix milliseconds",
       x(ResetForm::unix_ms),
       {{"x-ratelimit-remaining", "3"}, {"x-ratelimit-reset", "1700000001500"}},
       news({}, 3, 1'500)},
      {"a time by RFC 3339",
       x(ResetForm::rfc3339),
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "2023-11-14T22:14:20Z"}},
       news({}, 0, 60'000)},
      {"an HTTP date",
       x(ResetForm::http_date),
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "Tue, 14 Nov 2023 22:13:25 GMT"}},
       news({}, 0, 5'000)},
      {"what remains with decimals",
       x(ResetForm::delta_s),
       {{"x-ratelimit-remaining", "598.0"}, {"x-ratelimit-reset", "402"}},
       news({}, 598, 402'000)},
      {"used and limit in one, of a leaking bucket",
       used_of_limit(),
       {{"x-shop-api-call-limit", "32/40"}},
       news(40, 8, {})},
      {"more used than there is",
       used_of_limit(),
       {{"x-shop-api-call-limit", "41/40"}},
       news(40, 0, {})},
      {"the IETF's field", ietf(), {{"ratelimit", "\"default\";r=50;t=30"}}, news({}, 50, 30'000)},
      {"with a token as name and a partition key",
       ietf(),
       {{"ratelimit", "default;r=999;pk=:dHJpYWwxMjEzMjM=:"}},
       news({}, 999, {})},
      {"of several policies the one with the least left",
       ietf(),
       {{"ratelimit", "\"hour\";r=900;t=1800, \"burst\";r=0;t=1"}},
       news({}, 0, 1'000)},
      {"of two that are used up the one that waits longer",
       ietf(),
       {{"ratelimit", "\"burst\";r=0;t=1, \"day\";r=0;t=3600"}},
       news({}, 0, 3'600'000)},
      {"a name with a comma and a semicolon in it",
       ietf(),
       {{"ratelimit", "\"a,b;r=1\";r=7;t=2"}},
       news({}, 7, 2'000)},
      {"its earlier drafts",
       ietf(),
       {{"ratelimit", "limit=100, remaining=50, reset=5"}},
       news(100, 50, 5'000)},
      {"in another order",
       ietf(),
       {{"ratelimit", "reset=5,limit=100,remaining=0"}},
       news(100, 0, 5'000)},
  };
  for (const auto& form : forms) {
    EXPECT_EQ(read_news(form.rule, form.headers, kAnswered), form.says) << form.what;
  }
}

TEST(VendorNews, WhatCannotBeReadIsNoNews) {
  const auto x = rule("l", "r", "t", ResetForm::delta_s);
  for (const char* text : {"", " ", "-1", "+1", "many", "1x", "0x10", "nan", "inf", "1e9", ",1"}) {
    EXPECT_EQ(read_news(x, {{"r", text}}, kAnswered), VendorNews()) << text;
    EXPECT_EQ(read_news(x, {{"r", "1"}, {"t", text}}, kAnswered), news({}, 1, {})) << text;
  }
  EXPECT_EQ(read_news(x, {{"t", "5"}, {"l", "5"}}, kAnswered), VendorNews())
      << "nothing about the rest";
  EXPECT_EQ(read_news(used_of_limit(), {{"x-shop-api-call-limit", "32"}}, kAnswered), VendorNews());
  EXPECT_EQ(read_news(used_of_limit(), {{"x-shop-api-call-limit", "/40"}}, kAnswered).remaining,
            std::nullopt);
  for (const char* text : {"", "\"", "\"a", ";;;", "===", "r", "r=", "\"a\";r=-1", ",,,"}) {
    EXPECT_EQ(read_news(ietf(), {{"ratelimit", text}}, kAnswered), VendorNews()) << text;
  }
  auto dates = x;
  dates.reset_form = ResetForm::http_date;
  EXPECT_EQ(read_news(dates, {{"r", "1"}, {"t", "tomorrow"}}, kAnswered), news({}, 1, {}));
  EXPECT_EQ(read_news(x, {}, kAnswered), VendorNews());
}

TEST(VendorNews, AbsurdNumbersStayWithinBounds) {
  const auto at = [](const char* text, ResetForm form) {
    return read_news(rule("l", "r", "t", form), {{"r", "0"}, {"t", text}}, kAnswered).reset;
  };
  EXPECT_EQ(at("99999999999999999999", ResetForm::delta_s), kMaxReset);
  EXPECT_EQ(at("1700000000000", ResetForm::unix_s), kMaxReset) << "milliseconds, said as seconds";
  EXPECT_EQ(at("1600000000", ResetForm::unix_s), milliseconds(0)) << "long past";
  EXPECT_EQ(at("0", ResetForm::delta_s), milliseconds(0));
  EXPECT_EQ(at("9999-12-31T23:59:59Z", ResetForm::rfc3339), kMaxReset);
  EXPECT_EQ(at("1970-01-01T00:00:00Z", ResetForm::rfc3339), milliseconds(0));
  const auto huge =
      read_news(rule("l", "r", "t"), {{"r", "99999999999999999999999999"}}, kAnswered);
  EXPECT_EQ(huge.remaining, 1'000'000'000'000'000u);
}

}  // namespace
}  // namespace tenon
