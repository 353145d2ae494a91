// What an operator should know of the tokens of the API.
#include "app/operations.hpp"

namespace tenon::app {
namespace {

constexpr seconds kSoon{7 * 24 * 3600};

}  // namespace

// Only those that somebody brings: nobody misses the others.
void HostOperations::find_token_faults(std::vector<DoctorFinding>& findings) {
  const Time now = parts_.clock.now();
  for (const auto& token : parts_.token_keeper.book().tokens()) {
    if (token.ended(now) || token.expires() - now > kSoon) continue;
    if (token.used == Time{} || now - token.used > kSoon) continue;
    DoctorFinding finding;
    finding.name = "token";
    finding.level = FindingLevel::warning;
    finding.text = "token " + token.id + " (" + token.name + ") is in use and ends at " +
                   to_rfc3339(token.expires());
    finding.mend =
        "tenon token rotate " + token.id + " --overlap 24h, and put the new value in its place";
    findings.push_back(std::move(finding));
  }
}

}  // namespace tenon::app
