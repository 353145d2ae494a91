// A request of a connector: what passes the check holds nothing that could change the message.
#include "egress/check.hpp"

#include "fuzz/input.hpp"

namespace {

constexpr std::string_view kManifest =
    "[connector]\nid = \"f\"\nversion = \"1.0.0\"\ntitle = \"F\"\nsummary = \"F.\"\nabi = \"1.0\"\n"
    "ops = [\"deliver\"]\n[[endpoint]]\nname = \"api\"\nhost = \"api.vendor.example\"\n"
    "[[action]]\nname = \"send\"\ntitle = \"Send\"\nopen_fields = true\n[action.batch]\n"
    "max_records = 10\n";

bool plain(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto manifest = *tenon::parse_manifest(std::string(kManifest), "fuzz.toml");
  fuzz::Input input(data, size);
  tenon::ConnectorRequest request;
  request.tag = 1;
  request.endpoint = input.line();
  request.method = input.line();
  request.path = input.line();
  for (auto count = input.number(1) % 8; count > 0; --count) {
    auto name = input.line();
    request.headers.emplace_back(std::move(name), std::string(input.take(input.number(1))));
    input.take(1);
  }
  request.body = std::string(input.rest());
  if (!tenon::check_request(request, manifest, 1)) return 0;
  fuzz::must(request.endpoint == "api" && plain(request.method) && plain(request.path));
  fuzz::must(request.path.empty() || (request.path[0] == '/' && !request.path.starts_with("//")));
  for (const auto& [name, value] : request.headers) {
    fuzz::must(plain(name) && plain(value) && !tenon::is_reserved_header(name));
    fuzz::must(name.find(':') == std::string::npos);
  }
  return 0;
}
