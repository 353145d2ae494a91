// Faults as a text, both ways. Each mistake names its part.
#include <algorithm>
#include <charconv>
#include <optional>

#include "testkit/faults.hpp"

namespace tenon::testkit {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::uint64_t kMaxBody = 1u << 30;
constexpr std::uint64_t kMaxWindowMs = 7ull * 86'400'000;
constexpr std::uint64_t kMaxCount = 1'000'000'000;
constexpr std::size_t kMaxText = 2'000;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr Unit kTimes[] = {
    {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit kSizes[] = {{"B", 1}, {"KiB", 1u << 10}, {"MiB", 1u << 20}};

// Digits and one of the units, "2s"; nothing if it is something else or above `most`.
template <std::size_t N>
std::optional<std::uint64_t> amount(std::string_view text, const Unit (&units)[N],
                                    std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& one : units) {
    if (one.name == unit && number <= most / one.factor) return number * one.factor;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t least,
                                    std::uint64_t most) {
  std::uint64_t out = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out < least || out > most ? std::nullopt : std::optional(out);
}

// "20%", "0.5%", "12.25%" in hundredths of a percent, 1 to 10,000.
std::optional<std::uint32_t> share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const auto dot = text.find('.');
  const auto whole = number(text.substr(0, dot), 0, 100);
  std::uint64_t part = 0;
  if (dot != std::string_view::npos) {
    const auto digits = text.substr(dot + 1);
    const auto read = digits.size() <= 2 ? number(digits, 0, 99) : std::nullopt;
    if (!read) return std::nullopt;
    part = digits.size() == 1 ? *read * 10 : *read;
  }
  if (!whole) return std::nullopt;
  const std::uint64_t out = *whole * 100 + part;
  return out == 0 || out > kAllRequests ? std::nullopt
                                        : std::optional(static_cast<std::uint32_t>(out));
}

Words words_of(std::string_view part) {
  Words out;
  while (true) {
    const auto begin = part.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return out;
    part.remove_prefix(begin);
    const auto end = part.find_first_of(" \t");
    out.push_back(part.substr(0, end));
    if (end == std::string_view::npos) return out;
    part.remove_prefix(end);
  }
}

class Reader {
 public:
  Reader(Faults& out, std::string& error) : out_(out), error_(error) {}

  bool read(std::string_view part) {
    part_ = part;
    words_ = words_of(part);
    if (words_.empty()) return wanted("a fault such as \"throttle 20%\" between the commas");
    const std::string_view word = words_[0];
    if (word == "slow") return slow();
    if (word == "max-body") return max_body();
    if (word == "max-batch") return max_batch();
    if (word == "rate" || word == "burst") return rate(word == "burst");
    for (std::size_t i = 1; i < kFaults; ++i) {
      if (name_of(static_cast<Fault>(i)) == word) return fault(static_cast<Fault>(i));
    }
    return wanted(
        "one of throttle, throttle-bare, error, slow, lost, cut, hang, twice, noop, error-in-200, "
        "max-body, max-batch, rate, burst");
  }

 private:
  bool wanted(const std::string& what) {
    const auto begin = std::min(part_.find_first_not_of(" \t"), part_.size());
    error_ = "wanted " + what + ", found \"";
    for (const char c : part_.substr(begin, 80)) error_ += c >= ' ' && c < 0x7f ? c : '?';
    error_ += '"';
    return false;
  }
  bool again() { return wanted("each fault once; this one stands there twice"); }

  bool fault(Fault fault) {
    const std::string name(words_[0]);
    const bool throttle = fault == Fault::throttle, error = fault == Fault::error;
    const std::string form = name + (throttle ? " 20% or throttle 20% 3s (Retry-After)"
                                     : error  ? " 5% or error 5% 503"
                                              : " 5%");
    const auto part = words_.size() < 2 ? std::nullopt : share(words_[1]);
    if (!part || words_.size() > (throttle || error ? 3U : 2U)) return wanted(form);
    FaultShare row{fault, *part, throttle ? 1u : error ? 500u : 0u};
    if (words_.size() == 3 && throttle) {
      const auto wait = amount(words_[2], kTimes, 86'400'000);
      if (!wait || *wait % 1'000 != 0) return wanted("whole seconds up to a day: throttle 20% 3s");
      row.detail = static_cast<std::uint32_t>(*wait / 1'000);
    } else if (words_.size() == 3) {
      const auto status = number(words_[2], 500, 599);
      if (!status) return wanted("a status from 500 to 599: error 5% 503");
      row.detail = static_cast<std::uint32_t>(*status);
    }
    std::uint32_t sum = row.of_10000;
    for (const auto& other : out_.shares) {
      if (other.fault == fault) return again();
      sum += other.of_10000;
    }
    if (sum > kAllRequests) return wanted("shares of together at most 100%");
    out_.shares.push_back(row);
    return true;
  }

  bool slow() {
    if (out_.slow_of_10000 != 0) return again();
    const bool some = words_.size() == 3;
    const auto part = some ? share(words_[1]) : std::optional<std::uint32_t>(kAllRequests);
    const auto time = words_.size() < 2 || words_.size() > 3
                          ? std::nullopt
                          : amount(words_.back(), kTimes, kMaxSlowMs);
    if (!part || !time || *time == 0) return wanted("slow 2s or slow 10% 250ms, at most 10m");
    out_.slow_of_10000 = *part;
    out_.slow_ms = static_cast<std::uint32_t>(*time);
    return true;
  }

  bool max_body() {
    if (out_.limits.max_body_bytes != 0) return again();
    const auto size = words_.size() == 2 ? amount(words_[1], kSizes, kMaxBody) : std::nullopt;
    if (!size || *size == 0) return wanted("max-body 64KiB (B, KiB or MiB), at most 1024MiB");
    out_.limits.max_body_bytes = *size;
    return true;
  }

  bool max_batch() {
    if (out_.limits.max_batch != 0) return again();
    const auto most = words_.size() == 2 ? number(words_[1], 1, kMaxCount) : std::nullopt;
    if (!most) return wanted("max-batch 50");
    out_.limits.max_batch = static_cast<std::uint32_t>(*most);
    return true;
  }

  bool rate(bool burst) {
    const std::string_view text = words_.size() == 2 ? words_[1] : std::string_view();
    const auto slash = text.find('/');
    const auto limit = number(text.substr(0, slash), 1, kMaxCount);
    const auto time = slash == std::string_view::npos
                          ? std::nullopt
                          : amount(text.substr(slash + 1), kTimes, kMaxWindowMs);
    if (!limit || !time || *time == 0) {
      return wanted(std::string(words_[0]) + " 100/10s (ms, s, m, h or d), at most 7d");
    }
    if (out_.limits.rates.size() == kMaxRates) {
      return wanted("at most " + std::to_string(kMaxRates) + " of rate and burst");
    }
    out_.limits.rates.push_back({std::string(text), static_cast<std::uint32_t>(*limit),
                                 static_cast<std::int64_t>(*time),
                                 burst ? QuotaKind::bucket : QuotaKind::rolling});
    return true;
  }

  Faults& out_;
  std::string& error_;
  std::string_view part_;
  Words words_;
};

std::string share_text(std::uint32_t of_10000) {
  std::string out = std::to_string(of_10000 / 100);
  if (const auto part = of_10000 % 100; part != 0) {
    out += part < 10 ? ".0" : ".";
    out += part % 10 == 0 ? std::to_string(part / 10) : std::to_string(part);
  }
  return out + "%";
}

template <std::size_t N>
std::string amount_text(std::uint64_t value, const Unit (&units)[N]) {
  const Unit* best = &units[0];
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) best = &unit;
  }
  return std::to_string(value / best->factor) + std::string(best->name);
}

}  // namespace

bool parse_faults(std::string_view text, Faults& out, std::string& error) {
  if (text.size() > kMaxText) {
    error = "wanted at most " + std::to_string(kMaxText) + " bytes, found " +
            std::to_string(text.size());
    return false;
  }
  Faults read;
  const Words words = words_of(text);
  if (!words.empty() && !(words.size() == 1 && words[0] == "none")) {
    Reader reader(read, error);
    for (std::size_t at = 0; at <= text.size();) {
      const auto comma = std::min(text.find(',', at), text.size());
      if (!reader.read(text.substr(at, comma - at))) return false;
      at = comma + 1;
    }
  }
  out = std::move(read);
  return true;
}

std::string text_of(const Faults& faults) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  for (const auto& row : faults.shares) {
    std::string part = std::string(name_of(row.fault)) + " " + share_text(row.of_10000);
    if (row.fault == Fault::throttle && row.detail != 1) {
      part += " " + std::to_string(row.detail) + "s";
    }
    if (row.fault == Fault::error && row.detail != 500) part += " " + std::to_string(row.detail);
    add(part);
  }
  if (faults.slow_of_10000 != 0) {
    add("slow " +
        (faults.slow_of_10000 == kAllRequests ? "" : share_text(faults.slow_of_10000) + " ") +
        amount_text(faults.slow_ms, kTimes));
  }
  const auto& limits = faults.limits;
  if (limits.max_body_bytes != 0) add("max-body " + amount_text(limits.max_body_bytes, kSizes));
  if (limits.max_batch != 0) add("max-batch " + std::to_string(limits.max_batch));
  for (const auto& rate : limits.rates) {
    add((rate.kind == QuotaKind::bucket ? "burst " : "rate ") + std::to_string(rate.limit) + "/" +
        amount_text(static_cast<std::uint64_t>(rate.window_ms), kTimes));
  }
  return out.empty() ? "none" : out;
}

}  // namespace tenon::testkit
