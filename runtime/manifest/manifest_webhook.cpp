// The part of a manifest about what the vendor sends: signature, challenge, reply.
#include <algorithm>

#include "base/ascii.hpp"
#include "manifest/manifest_sections.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

constexpr std::size_t kMaxReplyBytes = 4'096;

// Credentials of people and of proxies, and what belongs to the connection: never a connector's.
const std::vector<std::string> kClosedHeaders{
    "authorization", "proxy-authorization", "cookie",        "set-cookie", "host",
    "connection",    "transfer-encoding",   "content-length"};

std::string lower_text(TableReader& table, std::string_view key) {
  return lower(table.text(key).value_or(""));
}

// Those of the open scheme; any other has its own.
void read_columns(TableReader& table, WebhookScheme& out) {
  const auto header = lower_text(table, "header"),
             stamp_header = lower_text(table, "timestamp_header");
  const auto id_header = lower_text(table, "id_header");
  const auto prefix = table.text("prefix"), coding = table.text("encoding");
  const auto stamp = table.text("timestamp"), message = table.text("message");
  if (out.name != kOpenScheme) return;
  out.header = header;
  out.tag = prefix.value_or("");
  out.coding = coding == "base64" ? SignatureCoding::base64 : SignatureCoding::hex;
  out.stamp_header = stamp_header;
  out.id_header = id_header;
  if (!stamp_header.empty()) {
    out.stamp = stamp == "milliseconds" ? StampForm::milliseconds
                : stamp == "any"        ? StampForm::any
                                        : StampForm::seconds;
  } else if (table.has("timestamp") && !table.has("timestamp_header")) {
    table.fail("timestamp", "wanted timestamp_header beside it, found none");
  }
  if (!message) return;
  out.message = *message;
  if (const auto wrong = mistake_in_message(out.message); !wrong.empty()) {
    return table.fail("message", wrong);
  }
  const auto uses = [&](const char* part) { return out.message.find(part) != std::string::npos; };
  if (uses("{timestamp}") != table.has("timestamp_header")) {
    table.fail("message", "wanted both {timestamp} in it and timestamp_header, found one of them");
  }
  if (uses("{id}") != table.has("id_header")) {
    table.fail("message", "wanted both {id} in it and id_header, found one of them");
  }
}

std::string read_signing_slot(TableReader& table, const Manifest& manifest) {
  const auto name = table.text("slot").value_or("");
  const auto* slot = manifest.slot(name);
  if (!name.empty() && (slot == nullptr || slot->kind != SlotKind::signing)) {
    table.fail("slot", "wanted a declared slot of kind \"signing\", found " + shown(name) +
                           "; add it as [[slot]] or name another");
  }
  return name;
}

void read_headers(TableReader& table, Webhook& out) {
  for (const auto& name : table.texts("headers")) {
    auto key = lower(name);
    if (std::find(kClosedHeaders.begin(), kClosedHeaders.end(), key) != kClosedHeaders.end()) {
      table.fail("headers",
                 "wanted headers that hold no credential and do not belong to the connection, "
                 "found " +
                     shown(name) + "; remove it");
    } else if (key == out.scheme.header) {
      table.fail("headers", "wanted headers other than the signature's, found " + shown(name) +
                                "; the host verifies it");
    }
    out.headers.push_back(std::move(key));
  }
}

void read_challenge(TableReader table, const Manifest& manifest, Webhook& out) {
  const auto kind = table.text("kind");
  out.challenge_slot = read_signing_slot(table, manifest);
  if (kind) {
    out.challenge = *kind == "url_verification" ? Challenge::url_verification
                    : *kind == "hub"            ? Challenge::hub
                                                : Challenge::echo;
  }
  table.finish();
}

void read_reply(TableReader table, Webhook& out) {
  if (auto v = table.integer("status")) out.reply_status = static_cast<std::uint32_t>(*v);
  out.reply_body = table.text("body").value_or("");
  if (out.reply_body.size() > kMaxReplyBytes) {
    table.fail("body", "wanted at most 4096 bytes, found " + std::to_string(out.reply_body.size()));
  }
  if (out.reply_status == 204 && !out.reply_body.empty()) {
    table.fail("body", "wanted no body with status 204, found one");
  }
  out.reply_media_type = table.text("content_type").value_or("");
  table.finish();
}

}  // namespace

void read_webhook(TableReader& root, Manifest& out) {
  const bool takes = std::find(out.ops.begin(), out.ops.end(), "webhook") != out.ops.end();
  auto table = root.sub("webhook");
  if (takes && !root.has("webhook")) {
    root.missing("webhook", "a table [webhook] for the op \"webhook\"");
  } else if (table.present() && !takes && !out.ops.empty()) {
    root.fail("webhook", "wanted \"webhook\" in connector.ops for this table, found no such op");
  }
  Webhook webhook;
  const auto scheme = table.text("scheme");
  if (const auto* row = scheme ? webhook_scheme(*scheme) : nullptr) webhook.scheme = *row;
  read_columns(table, webhook.scheme);
  if (auto v = table.integer("window_s")) webhook.window = seconds{*v};
  if (table.has("window_s") && scheme && webhook.scheme.stamp == StampForm::none) {
    table.fail("window_s", "wanted no window with scheme \"" + *scheme +
                               "\", whose signatures hold no time; remove it");
  }
  webhook.slot = read_signing_slot(table, out);
  webhook.methods = table.texts("methods");
  if (webhook.methods.empty()) webhook.methods = {"POST"};
  for (auto& type : table.texts("content_types")) webhook.media_types.push_back(lower(type));
  read_headers(table, webhook);
  read_challenge(table.sub("challenge"), out, webhook);
  read_reply(table.sub("reply"), webhook);
  table.finish();
  if (table.present()) out.webhook = std::move(webhook);
}

}  // namespace tenon::manifest
