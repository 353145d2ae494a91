// RFC 3339 and HTTP dates, through the date library.
#include "base/time.hpp"

#include <date/date.h>

#include <charconv>
#include <sstream>

namespace tenon {
namespace {

// Reads exactly `width` digits at `pos`, or gives -1.
int digits(std::string_view text, std::size_t pos, std::size_t width) {
  if (pos + width > text.size()) return -1;
  int value = 0;
  for (std::size_t i = pos; i < pos + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// Each event is written with several times, so not through printf.
void write_digits(std::string& out, std::size_t pos, std::size_t width, int value) {
  for (std::size_t i = width; i-- > 0; value /= 10) {
    out[pos + i] = static_cast<char>('0' + (value < 0 ? -(value % 10) : value % 10));
  }
}

Error bad_time(std::string_view text) {
  return invalid("wanted a time like 2026-01-02T03:04:05.678Z, found \"" +
                 std::string(text.substr(0, 64)) + "\"");
}

}  // namespace

std::string to_rfc3339(Time t) {
  const auto day = date::floor<date::days>(t);
  const date::year_month_day ymd{day};
  const date::hh_mm_ss<microseconds> hms{t - day};
  const int year = static_cast<int>(ymd.year());
  std::string out = "0000-00-00T00:00:00.000000Z";
  write_digits(out, 0, 4, year);
  write_digits(out, 5, 2, static_cast<int>(static_cast<unsigned>(ymd.month())));
  write_digits(out, 8, 2, static_cast<int>(static_cast<unsigned>(ymd.day())));
  write_digits(out, 11, 2, static_cast<int>(hms.hours().count()));
  write_digits(out, 14, 2, static_cast<int>(hms.minutes().count()));
  write_digits(out, 17, 2, static_cast<int>(hms.seconds().count()));
  write_digits(out, 20, 6, static_cast<int>(hms.subseconds().count()));
  // No RFC 3339 time any more, but readable.
  if (year < 0 || year > 9'999) return std::to_string(year) + out.substr(4);
  return out;
}

Result<Time> parse_rfc3339(std::string_view text) {
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) {
    return bad_time(text);
  }
  const bool separators = text[4] == '-' && text[7] == '-' && text[13] == ':' && text[16] == ':' &&
                          (text[10] == 'T' || text[10] == 't' || text[10] == ' ');
  const date::year_month_day ymd{date::year{year}, date::month{static_cast<unsigned>(month)},
                                 date::day{static_cast<unsigned>(day)}};
  // 60 is a leap second: it is read as the first moment of the next minute.
  if (!separators || !ymd.ok() || hour > 23 || minute > 59 || second > 60) return bad_time(text);
  std::size_t pos = 19;
  microseconds fraction{0};
  if (pos < text.size() && text[pos] == '.') {
    ++pos;
    const std::size_t first = pos;
    int scale = 100'000;
    while (pos < text.size() && text[pos] >= '0' && text[pos] <= '9') {
      fraction += microseconds{(text[pos] - '0') * scale};
      scale /= 10;
      ++pos;
    }
    if (pos == first || pos - first > 9) return bad_time(text);
  }
  std::chrono::minutes zone{0};
  if (pos < text.size() && (text[pos] == 'Z' || text[pos] == 'z')) {
    ++pos;
  } else if (pos < text.size() && (text[pos] == '+' || text[pos] == '-')) {
    const int zh = digits(text, pos + 1, 2), zm = digits(text, pos + 4, 2);
    if (zh < 0 || zh > 23 || zm < 0 || zm > 59 || text[pos + 3] != ':') return bad_time(text);
    zone = std::chrono::minutes{(zh * 60 + zm) * (text[pos] == '-' ? -1 : 1)};
    pos += 6;
  } else {
    return bad_time(text);
  }
  if (pos != text.size()) return bad_time(text);
  const auto moment = date::sys_days{ymd} + std::chrono::hours{hour} +
                      std::chrono::minutes{minute} + seconds{second} + fraction - zone;
  return Time{std::chrono::duration_cast<microseconds>(moment.time_since_epoch())};
}

Result<Time> parse_http_date(std::string_view text) {
  std::istringstream in{std::string(text)};
  date::sys_seconds moment;
  in >> date::parse("%a, %d %b %Y %T GMT", moment);
  if (in.fail()) {
    return invalid("wanted an HTTP date, found \"" + std::string(text.substr(0, 64)) + "\"");
  }
  return Time{moment};
}

}  // namespace tenon
