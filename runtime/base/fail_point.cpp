// Arming of fail points, and what they do when they are reached.
#include "base/fail_point.hpp"

#ifdef TENON_FAIL_POINTS

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/fail_point_table.hpp"

namespace tenon::fail {
namespace {

enum class Action : std::uint8_t { none, kill, cut, torn, brief, enospc, eio };

struct ActionName {
  std::string_view name;
  Action action;
};
constexpr auto kActions = std::to_array<ActionName>({{"kill", Action::kill},
                                                     {"cut", Action::cut},
                                                     {"torn", Action::torn},
                                                     {"short", Action::brief},
                                                     {"enospc", Action::enospc},
                                                     {"eio", Action::eio}});

struct Armed {
  Action action = Action::none;
  std::uint64_t nth = 1, times = 1;
  std::atomic<std::uint64_t> reached = 0;
};
std::array<Armed, kPoints.size()> points;  // armed before there are threads
std::size_t planted_bug = kNone;
bool cutting = false;
void (*undo)() = nullptr;
thread_local std::size_t current_io = kNone;

bool takes(Kind kind, Action action) {
  switch (action) {
    case Action::kill:
    case Action::cut: return true;
    case Action::torn:
    case Action::brief: return kind == Kind::write;
    case Action::enospc: return kind == Kind::write || kind == Kind::open;
    case Action::eio: return kind != Kind::step;
    case Action::none: break;
  }
  return false;
}

std::string_view name_of(Action action) {
  for (const auto& one : kActions) {
    if (one.action == action) return one.name;
  }
  return "";
}

std::string actions_of(Kind kind) {
  std::string all;
  for (const auto& one : kActions) {
    if (takes(kind, one.action)) all += (all.empty() ? "" : " ") + std::string(one.name);
  }
  return all;
}

// Counts, and says whether it is time.
bool due(std::size_t point) {
  Armed& one = points[point];
  const auto now = ++one.reached;
  return now >= one.nth && now - one.nth < one.times;
}

void say(std::size_t point) {
  std::fprintf(stderr, "fail point %s: %s\n", kPoints[point].name.data(),
               name_of(points[point].action).data());
  std::fflush(stderr);
}

bool read_number(std::string_view text, std::uint64_t& number) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end && number > 0;
}

// "NTH", "NTH+" or "NTH+TIMES".
bool read_turns(std::string_view text, Armed& armed) {
  const auto plus = text.find('+');
  if (!read_number(text.substr(0, plus), armed.nth)) return false;
  if (plus == std::string_view::npos) return true;
  if (plus + 1 < text.size()) return read_number(text.substr(plus + 1), armed.times);
  armed.times = ~std::uint64_t{0};
  return true;
}

Result<void> arm_one(std::string_view text) {
  const std::string wanted =
      "TENON_FAIL_POINT: wanted NAME[@NTH[+[TIMES]]]:ACTION, found \"" + std::string(text) + "\"";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return invalid(wanted);
  const std::string_view head = text.substr(0, colon), name = head.substr(0, head.find('@'));
  const auto point =
      std::find_if(kPoints.begin(), kPoints.end(), [&](const auto& p) { return p.name == name; });
  if (point == kPoints.end()) {
    return invalid(wanted + ": no such point; tenond --list-fail-points names all");
  }
  const auto index = static_cast<std::size_t>(point - kPoints.begin());
  Armed& one = points[index];
  if (name.size() < head.size() && !read_turns(head.substr(name.size() + 1), one)) {
    return invalid(wanted + ": NTH and TIMES are numbers from 1");
  }
  for (const auto& known : kActions) {
    const bool meant = known.name == text.substr(colon + 1);
    if (meant && takes(point->kind, known.action)) one.action = known.action;
  }
  if (one.action == Action::none) {
    return invalid(wanted + ": this point takes " + actions_of(point->kind));
  }
  cutting = cutting || one.action == Action::cut;
  return {};
}

}  // namespace

Result<void> arm(std::string_view text) {
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    TENON_TRY(arm_one(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return {};
}

std::string list() {
  std::string text;
  for (const auto& point : kPoints) {
    text += std::string(point.name) + ": " + actions_of(point.kind) + "\n";
  }
  return text;
}

void on_cut(void (*how)()) { undo = how; }
bool cuts() { return cutting; }

void die(std::size_t point) {
  if (points[point].action == Action::cut && undo != nullptr) undo();
  say(point);
  std::raise(SIGKILL);
  std::abort();
}

std::size_t find(const char* name, Kind kind) {
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    if (kPoints[i].name != name) continue;
    const Kind is = kPoints[i].kind;
    const bool io = is != Kind::step && is != Kind::error;
    if (is == kind || (io && kind == Kind::write)) return i;
  }
  std::fprintf(stderr, "tenon: no fail point %s of this kind in base/fail_point_table.hpp\n", name);
  std::abort();
}

void pass(std::size_t point) {
  if (points[point].action != Action::none && due(point)) die(point);
}

IoFault io_fault(Kind kind, std::size_t bytes) {
  IoFault fault;
  const std::size_t point = current_io;
  if (point == kNone || points[point].action == Action::none) return fault;
  if (kPoints[point].kind != kind || !due(point)) return fault;
  switch (points[point].action) {
    case Action::kill:
    case Action::cut: die(point);
    case Action::torn:
      fault.most = bytes / 2;
      fault.die_behind = point;
      break;
    case Action::brief:
      say(point);
      fault.most = std::max<std::size_t>(1, bytes / 2);
      break;
    case Action::enospc:
      say(point);
      fault.error = ENOSPC;
      break;
    case Action::eio:
      say(point);
      fault.error = EIO;
      break;
    case Action::none: break;
  }
  return fault;
}

IoScope::IoScope(std::size_t point) : before_(current_io) { current_io = point; }
IoScope::~IoScope() { current_io = before_; }

std::optional<Error> error_at(std::size_t point) {
  if (points[point].action == Action::none || !due(point)) return std::nullopt;
  if (points[point].action != Action::eio) die(point);
  say(point);
  return unavailable("Input/output error");
}

Result<void> plant(std::string_view bug) {
  const auto known = std::find(kBugs.begin(), kBugs.end(), bug);
  if (known == kBugs.end()) {
    std::string all;
    for (const auto name : kBugs) all += " " + std::string(name);
    return invalid("wanted TENON_PLANTED_BUG to be one of" + all + ", found " + std::string(bug));
  }
  planted_bug = static_cast<std::size_t>(known - kBugs.begin());
  return {};
}
bool planted(const char* bug) { return planted_bug != kNone && kBugs[planted_bug] == bug; }

}  // namespace tenon::fail

#endif
