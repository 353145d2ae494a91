// The part of a source about webhooks: who parses them, and under which address they come.
#include "manifest/url_shape.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon::manifest {

void read_source_webhook(LooseReader& parent, Source& out) {
  const auto* node = parent.table("webhook");
  if (node == nullptr) return;
  LooseReader table(parent.report(), *node, parent.path("webhook"));
  WebhookSource webhook;
  webhook.instance.name = DestinationName{"source/" + out.name.value};
  read_instance(table, webhook.instance);
  webhook.public_url = table.text("public_url").value_or("");
  if (table.has("public_url")) {
    const auto shape = shape_of_url(webhook.public_url);
    if (!shape.mistake.empty()) {
      table.fail("public_url",
                 "wanted an address such as \"https://hooks.example.com\", found " + shape.mistake);
    } else if (webhook.public_url.back() == '/') {
      webhook.public_url.pop_back();
    }
  }
  if (auto v = table.integer("max_per_second", 1, 10'000)) {
    webhook.max_per_second = static_cast<std::uint32_t>(*v);
  }
  table.finish();
  out.webhook = std::move(webhook);
}

}  // namespace tenon::manifest
