// tenon audit: who asked the host for what, and whether that record is whole.
#include "cli/session.hpp"
#include "manifest/words.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct AuditArguments {
  std::string since = "24h", actor, anchor;
  bool refused = false;
  PageOptions page;
};

int list_audit(Session& session, const AuditArguments& given) {
  const auto ms = manifest::parse_duration(given.since);
  if (!ms || *ms <= 0) {
    return session.usage("--since: wanted a time such as 24h or 30d, found " +
                         clean(given.since, 40));
  }
  const Time since = session.view().now - milliseconds{*ms};
  std::string path = "/api/v1/audit?limit=" + std::to_string(given.page.limit) +
                     "&since=" + escaped(to_rfc3339(since));
  if (!given.page.after.empty()) path += "&after=" + escaped(given.page.after);
  if (!given.actor.empty()) path += "&actor=" + escaped(given.actor);
  if (given.refused) path += "&refused=true";
  const auto answer = session.get(path);
  if (!answer) return session.exit_code;
  return session.print(*answer, render_audit(*answer, session.view()));
}

int show_head(Session& session) {
  const auto answer = session.get("/api/v1/audit/head");
  if (!answer) return session.exit_code;
  const std::string anchor = text_of(*answer, "anchor");
  return session.print(*answer, anchor.empty() ? "" : anchor + "\n");
}

int verify_audit(Session& session, const std::string& anchor) {
  session.timeout = std::chrono::minutes(30);
  const auto answer = session.get(
      anchor.empty() ? "/api/v1/audit/verify" : "/api/v1/audit/verify?anchor=" + escaped(anchor));
  if (!answer) return session.exit_code;
  const int printed = session.print(*answer, render_audit_verdict(*answer, session.view()));
  return flag_of(*answer, "whole") ? printed : kFailed;
}

void add_listing(CLI::App& group, Session& session) {
  auto* listing = group.add_subcommand("list", "Who asked for what, newest first");
  listing->footer(
      "An act that changes something has two entries: one from before it began (status begun), "
      "one\n"
      "from its end. Reads that are alike are counted for a minute.\n\n"
      "Examples:\n"
      "  tenon audit list --refused --since 7d\n"
      "  tenon audit list --actor token:5xk2m8q0r7ta");
  auto given = std::make_shared<AuditArguments>();
  listing->add_option("--since", given->since, "How far back; default 24h");
  listing->add_option("--actor", given->actor, "Only of uid:N, token:ID or host");
  listing->add_flag("--refused", given->refused, "Only what was refused or failed");
  given->page.add_to(*listing);
  listing->callback([&session, given] {
    session.run = [&session, given] { return list_audit(session, *given); };
  });
}

}  // namespace

void add_audit(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("audit", "Who asked the host for what: list, head, verify");
  group->require_subcommand(1);
  group->footer(
      "Each entry vouches for the one before. What was changed or taken out of the middle is found "
      "by\n"
      "verify alone; that the end was cut off, only with an anchor: a head that you kept "
      "elsewhere.\n\n"
      "Examples:\n"
      "  tenon audit head >> /mnt/elsewhere/anchors\n"
      "  tenon audit verify --anchor $(tail -1 /mnt/elsewhere/anchors)");
  add_listing(*group, session);
  auto* head = group->add_subcommand("head", "The newest entry's number and mac: an anchor");
  head->footer("Example:\n  tenon audit head");
  head->callback([&session] { session.run = [&session] { return show_head(session); }; });
  auto* verifying = group->add_subcommand("verify", "Is the chain whole? Exit status 1 if not");
  verifying->footer(
      "Examples:\n"
      "  tenon audit verify\n"
      "  tenon audit verify --anchor 1234:8c1f0e6a52b7d3948c1f0e6a52b7d394");
  auto anchor = std::make_shared<std::string>();
  verifying->add_option("--anchor", *anchor, "A head of before, which must still be there");
  verifying->callback([&session, anchor] {
    session.run = [&session, anchor] { return verify_audit(session, *anchor); };
  });
}

}  // namespace tenon::cli
