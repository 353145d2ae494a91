// JUnit's XML, as CI systems read it.
#include "shadow/render.hpp"

namespace tenon::shadow {
namespace {

class Suite {
 public:
  void good(const std::string& group, const std::string& name) {
    cases_ += open(group, name) + "/>\n";
    ++tests_;
  }
  void bad(const std::string& group, const std::string& name, const std::string& message,
           const std::string& text) {
    cases_ += open(group, name) + ">\n    <failure message=\"" + escaped_markup(message) + "\">" +
              escaped_markup(text) + "</failure>\n  </testcase>\n";
    ++tests_;
    ++failures_;
  }
  std::string text(const std::string& name) const {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" + escaped_markup(name) +
           "\" tests=\"" + std::to_string(tests_) + "\" failures=\"" + std::to_string(failures_) +
           "\">\n" + cases_ + "</testsuite>\n";
  }

 private:
  static std::string open(const std::string& group, const std::string& name) {
    return "  <testcase classname=\"" + escaped_markup(group) + "\" name=\"" +
           escaped_markup(name) + "\"";
  }
  std::string cases_;
  std::size_t tests_ = 0, failures_ = 0;
};

void add_kind(Suite& suite, const Report& report, const PlaceGroup& place, const KindGroup& kind) {
  const std::string name = place.place + ": " + kind.kind;
  if (kind.listed()) return suite.good(place.action, name);
  suite.bad(place.action, name, calls_of(kind.calls, report) + ", not listed in changes.toml",
            "before: " + kind.example.before + "\nafter:  " + kind.example.after + "\nin call " +
                kind.example.call + "\n");
}

void add_away(Suite& suite, const Report& report, const DivergedGroup& away) {
  const std::string name = "diverged at step " + std::to_string(away.step) + " (" +
                           (away.newer ? report.after : report.before) + "): " + away.asked;
  if (away.listed()) return suite.good(away.action, name);
  suite.bad(away.action, name, calls_of(away.calls, report) + ": " + away.example_why,
            "asked:\n" + away.asked_text + "\nrecorded:\n" + away.recorded_text + "\nin call " +
                away.call + "\n");
}

}  // namespace

std::string to_junit(const Report& report) {
  Suite suite;
  suite.good("calls", calls_of(report.same, report) + " alike");
  for (const auto& place : report.places) {
    for (const auto& kind : place.kinds) add_kind(suite, report, place, kind);
  }
  for (const auto& away : report.divergences) add_away(suite, report, away);
  if (report.beyond > 0) {
    suite.bad("calls", "limits", grouped(report.beyond) + " differences beyond the limits",
              "there are more groups than are kept\n");
  }
  return suite.text(report.before + " to " + report.after);
}

}  // namespace tenon::shadow
