// What a vendor does with a request, and what it says about it.
#include "sim/vendors.hpp"

#include <ctime>

#include <nlohmann/json.hpp>

namespace tenon::sim {
namespace {

using nlohmann::json;

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

HttpReply answered(std::uint32_t status, std::string body) {
  HttpReply reply;
  reply.got = Got::http;
  reply.status = status;
  reply.body = std::move(body);
  reply.body_total = reply.body.size();
  return reply;
}

HttpReply failed(Got got, std::string error) {
  HttpReply reply;
  reply.got = got;
  reply.error = std::move(error);
  return reply;
}

std::string http_date(Time at) {
  const std::time_t seconds = us_of(at) / 1'000'000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %T GMT", &utc)};
}

std::string all_ok(const std::string& request_body) {
  json results = json::array();
  for (const auto& record : json::parse(request_body, nullptr, false)) {
    results.push_back({{"id", record["id"]}, {"status", "ok"}});
  }
  return json{{"results", results}}.dump();
}

}  // namespace

SimVendors::SimVendors(Clock& clock, Ledger& ledger, const Profile& profile, Mutant mutant,
                       std::vector<Manifest> manifests)
    : clock_(clock),
      ledger_(ledger),
      profile_(profile),
      mutant_(mutant),
      random_(profile.seed * 31 + 3),
      network_(profile.seed * 37 + 5) {
  for (auto& manifest : manifests) {
    const std::string host = manifest.endpoints.front().host;
    vendors_[host].manifest = std::move(manifest);
  }
}

bool SimVendors::dice(int thousandths) {
  const bool hit = random_.below(1'000) < static_cast<std::uint64_t>(thousandths);
  return faults_ && hit;
}

void SimVendors::check_departure(const Vendor& vendor, const HttpRequest& request) {
  const Instant now = clock_.instant();
  if (now < vendor.blocked_until && vendor.blocked_in_life == ledger_.life) {
    const auto early = std::chrono::ceil<milliseconds>(vendor.blocked_until - now);
    ledger_.violation("a request left for " + vendor.manifest.id + request.target + " " +
                      std::to_string(early.count()) + " ms before its Retry-After had passed");
  }
}

void SimVendors::check_arrival(Vendor& vendor) {
  const Instant now = clock_.instant();
  const std::string& id = vendor.manifest.id;
  vendor.arrivals.push_back(now);
  for (const auto& row : vendor.manifest.rate_limits) {
    if (vendor.arrivals.size() <= row.limit) continue;
    const Instant earliest = vendor.arrivals[vendor.arrivals.size() - row.limit - 1];
    if (now - earliest <= row.window) {
      ledger_.violation(id + " got more than " + std::to_string(row.limit) + " requests within " +
                        std::to_string(row.window.count()) + " ms");
    }
  }
}

std::string SimVendors::apply(Vendor& vendor, const HttpRequest& request, bool only_half) {
  const json records = json::parse(request.body, nullptr, false);
  const std::string key = header_of(request, "idempotency-key");
  json results = json::array();
  if (!records.is_array()) ledger_.violation("a request to a vendor is no array");
  std::size_t left = only_half ? records.size() / 2 : records.size();
  for (const auto& record : records) {
    if (left-- == 0) break;
    const RecordName name{vendor.manifest.id, record.value("id", "")};
    std::string status = "ok";
    if (record.value("bad", false) && !forgiving_) {
      status = "rejected";
      ++ledger_.rejections[name];
    } else if (failing_times_ > 0 && record.value("user", "") == failing_user_ &&
               ledger_.carried[name] <= failing_times_) {
      status = "retry";
    } else if (dice(profile_.busy)) {
      status = "retry";
    } else {
      const auto confirmed = ledger_.confirmed.find(name);
      const bool again = confirmed != ledger_.confirmed.end() && confirmed->second == ledger_.life;
      if (again && ledger_.times[name] > ledger_.replays[name.first]) {
        ledger_.violation(name.first + " " + name.second +
                          ": sent again although it was confirmed");
      }
      Application application;
      application.at = clock_.instant();
      application.wall = clock_.now();
      application.life = ledger_.life;
      application.key = key;
      application.serial = record.value("n", std::int64_t{-1});
      vendor.has.insert(record.value("m", ""));
      ledger_.applied[name].push_back(std::move(application));
    }
    results.push_back({{"id", name.second}, {"status", status}});
  }
  return json{{"results", results}}.dump();
}

SimVendors::Plan SimVendors::unwell(VendorHealth health, Instant at) {
  Plan plan;
  plan.at = at;
  plan.with_deadline = health == VendorHealth::silent;
  plan.reply = health == VendorHealth::failing  ? answered(503, "<h1>down</h1>")
               : health == VendorHealth::locked ? answered(401, "<h1>who are you</h1>")
               : health == VendorHealth::idle   ? answered(200, "{}")
                                                : failed(Got::timeout, "no answer in time");
  return plan;
}

bool SimVendors::fits_quota(Vendor& vendor) {
  const Instant now = clock_.instant();
  if (now >= vendor.window_ends) {
    vendor.window_ends = now + vendor.quota_window;
    vendor.taken = 0;
  }
  if (vendor.taken == vendor.quota) {
    ++vendor.over;
    return false;
  }
  ++vendor.taken;
  return true;
}

// When it will be answered; or that it never got there.
SimVendors::Plan SimVendors::come_in(Vendor& vendor, const HttpRequest& request) {
  Plan plan;
  plan.reply.got = Got::http;
  plan.at = clock_.instant() +
            milliseconds{1 + random_.below(static_cast<std::uint64_t>(profile_.latency_ms))};
  if (vendor.health == VendorHealth::refusing || dice(profile_.no_connection)) {
    plan.reply = failed(Got::no_connection, "no route to the vendor");
  } else {
    const std::string& id = vendor.manifest.id;
    if (header_of(request, "Authorization") != "Bearer token-of-" + id) {
      ledger_.violation("a request reached " + id + " without its credential");
    }
    check_arrival(vendor);
  }
  return plan;
}

// Everything is decided on arrival; the answer takes its time.
SimVendors::Plan SimVendors::arrive(Vendor& vendor, const HttpRequest& request) {
  Plan plan = come_in(vendor, request);
  if (plan.reply.got == Got::no_connection) {
    ++ledger_.refused;
    return plan;
  }
  ++ledger_.requests;
  bool chokes = false;
  for (const auto& record : json::parse(request.body, nullptr, false)) {
    ++ledger_.carried[RecordName(vendor.manifest.id, record.value("id", ""))];
    chokes = chokes || (!choking_user_.empty() && record.value("user", "") == choking_user_);
  }
  if (vendor.health != VendorHealth::well) return unwell(vendor.health, plan.at);
  if (chokes) {
    plan.reply = answered(500, "<h1>oops</h1>");
    return plan;
  }
  if (vendor.quota > 0 && !fits_quota(vendor)) {
    plan.reply = answered(429, "slow down");
    return plan;
  }
  if (vendor.manifest.actions.front().batch.max_records == 1) {
    const json records = json::parse(request.body, nullptr, false);
    const RecordName name{vendor.manifest.id, records.at(0).value("id", "")};
    const std::string key = header_of(request, "idempotency-key");
    const auto [known, fresh] = ledger_.first_key.try_emplace(name, key);
    if (!fresh && known->second != key) {
      ledger_.violation(name.first + " " + name.second + ": repeated under another key");
    }
  }
  if (dice(profile_.too_many)) {
    plan.reply = answered(429, "slow down");
    const auto how = random_.below(4);
    const seconds wait{1 + random_.below(20)};
    if (how == 0) return plan;  // and does not say until when
    if (how == 1 && profile_.clock_jump == 0) {
      // A date has whole seconds, and needs two clocks that agree.
      const Time until = std::chrono::ceil<seconds>(clock_.now() + wait);
      plan.not_before = clock_.instant() + (until - clock_.now());
      plan.reply.headers.emplace_back("retry-after", http_date(until));
      return plan;
    }
    plan.retry_after = wait;
    plan.reply.headers.emplace_back("retry-after", std::to_string(wait.count()));
    return plan;
  }
  if (dice(profile_.error_500) || dice(profile_.error_503)) {
    const bool applied = dice(200);
    if (applied) apply(vendor, request, false);
    plan.reply = answered(random_.once_in(2) ? 500 : 503, "<h1>oops</h1>");
    ++ledger_.uncertain;
    return plan;
  }
  if (dice(profile_.does_nothing)) {
    plan.reply = answered(200, random_.once_in(2) ? "" : "{}");
    return plan;
  }
  if (dice(profile_.timeout)) {
    if (random_.once_in(2)) apply(vendor, request, false);
    plan.reply = failed(Got::timeout, "no answer in time");
    plan.with_deadline = true;
    ++ledger_.uncertain;
    return plan;
  }
  if (dice(profile_.lost)) {
    if (random_.once_in(2)) apply(vendor, request, random_.once_in(2));
    plan.reply = failed(Got::lost, "the connection broke");
    ++ledger_.uncertain;
    return plan;
  }
  const bool only_half = dice(profile_.half_applied);
  const bool garbage = dice(profile_.garbage);
  std::string body = apply(vendor, request, only_half);
  if (garbage) body = "<html>" + body.substr(0, body.size() / 2);
  plan.reply = answered(200, std::move(body));
  if (vendor.quota > 0 && vendor.quota_told) {
    const auto reset = std::chrono::ceil<seconds>(vendor.window_ends - clock_.instant());
    plan.reply.headers.emplace_back("x-left", std::to_string(vendor.quota - vendor.taken));
    plan.reply.headers.emplace_back("x-reset", std::to_string(reset.count()));
  }
  return plan;
}

// What it has of these messages. It tells the truth, but not always at once, and not always at all.
SimVendors::Plan SimVendors::search(Vendor& vendor, const HttpRequest& request) {
  Plan plan = come_in(vendor, request);
  if (plan.reply.got == Got::no_connection) return plan;
  if (vendor.health != VendorHealth::well) return unwell(vendor.health, plan.at);
  plan.reply = dice(profile_.error_500) ? answered(500, "<h1>oops</h1>")
               : dice(profile_.garbage) ? answered(200, "<html>")
               : dice(profile_.lost)    ? failed(Got::lost, "the connection broke")
                                        : answered(200, found_text(vendor, request));
  return plan;
}

std::string SimVendors::found_text(const Vendor& vendor, const HttpRequest& request) {
  json found = json::array();
  for (const auto& one : json::parse(request.body, nullptr, false)) {
    const auto key = one.value("m", "");
    if (vendor.has.contains(key)) found.push_back(key);
  }
  return json{{"found", found}}.dump();
}

void SimVendors::note(const Vendor& vendor, const HttpRequest& request, const HttpReply& reply) {
  if (!ledger_.tracing) return;
  std::string text = "vendor " + vendor.manifest.id + " ";
  text += reply.got == Got::http ? std::to_string(reply.status) : std::string(name_of(reply.got));
  for (const auto& [name, value] : reply.headers) text += ", " + name + " " + value;
  text += " to";
  for (const auto& record : json::parse(request.body, nullptr, false)) {
    text += " n" + std::to_string(record.value("n", std::int64_t{-1}));
  }
  ledger_.note(clock_.now(), std::move(text));
}

Task<HttpReply> SimVendors::send(HttpRequest request, Instant deadline) {
  const auto found = vendors_.find(request.host);
  if (found == vendors_.end()) {
    ledger_.violation("a request left for an unknown host " + request.host);
    co_return failed(Got::no_connection, "no such host");
  }
  Vendor& vendor = found->second;
  check_departure(vendor, request);
  if (profile_.transit_ms > 0) {
    const auto most = static_cast<std::uint64_t>(profile_.transit_ms);
    const Instant there = clock_.instant() + milliseconds{network_.below(most)};
    co_await clock_.sleep_until(std::min(there, deadline));
  }
  const bool searches = request.target == "/v1/search";
  Plan plan = searches ? search(vendor, request) : arrive(vendor, request);
  if (plan.with_deadline || plan.at >= deadline) {
    co_await clock_.sleep_until(deadline);
    plan.reply = failed(Got::timeout, "no answer in time");
    note(vendor, request, plan.reply);
    if (mutant_ == Mutant::timeout_is_success && !searches)
      plan.reply = answered(200, all_ok(request.body));
    co_return std::move(plan.reply);
  }
  co_await clock_.sleep_until(plan.at);
  note(vendor, request, plan.reply);
  if (plan.retry_after.count() > 0) plan.not_before = clock_.instant() + plan.retry_after;
  if (plan.not_before != Instant{}) {
    // What the host was told in an earlier life it may have forgotten.
    if (vendor.blocked_in_life != ledger_.life) vendor.blocked_until = Instant{};
    vendor.blocked_until = std::max(vendor.blocked_until, plan.not_before);
    vendor.blocked_in_life = ledger_.life;
    if (mutant_ == Mutant::retry_after_ignored) plan.reply.headers.clear();
  }
  co_return std::move(plan.reply);
}

}  // namespace tenon::sim
