// What secrets cost: sealing and opening, putting one into a request, verifying a webhook; each
// beside the bare primitive, of the library that the host itself uses for it.
#include <openssl/hmac.h>
#include <sodium.h>

#include <cstdio>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "backends/system/system_random.hpp"
#include "backends/vault_file/sealing.hpp"
#include "bench/cpu_time.hpp"
#include "egress/scrub.hpp"
#include "egress/slots.hpp"
#include "inbound/signature.hpp"

namespace bench {
namespace {

using namespace tenon;

constexpr std::size_t kRounds = 15;  // A B C A B C ...
constexpr std::size_t kBytes = 1'024;
constexpr std::size_t kMacBytes = 32;

struct Way {
  std::string name, floor;  // floor: the way that it is held against; "" = it is one
  std::function<std::size_t()> once;
  std::vector<double> ns;
};

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Borrowed by the ways below.
struct Things {
  SystemRandom random;
  VaultId vault{};
  WrappedKey key;
  Secret data_key{std::string(kVaultKeyBytes, 'k')};
  SealedRecord sealed;
  std::string secret = std::string(kBytes, 's'), box;
  std::string raw_key = std::string(kVaultKeyBytes, 'k'),
              nonce = std::string(kVaultNonceBytes, 'n');
  Manifest manifest;
  ConnectorRequest request;
  std::string reply = std::string(kBytes, 'r');
  std::string body = std::string(kBytes, 'b'), hmac_key = std::string(24, 'h'), message;
  HttpHeaders headers;
  Time now = time_from_us(1'767'225'600'000'000);

  Things() {
    key.id = 1;
    sealed.key = 1;
    sealed.name = "crm/token";
    seal_secret(vault, key, data_key, secret, sealed, random);
    box.resize(kBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES);
    Endpoint api;
    api.name = "api";
    Slot slot;
    slot.name = "token";
    slot.header = "authorization";
    slot.prefix = "Bearer ";
    slot.endpoints = {"api"};
    manifest.endpoints = {api};
    manifest.slots = {slot};
    request.endpoint = "api";
    request.method = "POST";
    request.path = "/v1/contacts";
    request.headers = {{"content-type", "application/json"}};
    request.body = body;
    const std::string stamp = "1767225600";
    message = "msg_1." + stamp + "." + body;
    std::string mac(kMacBytes, '\0');
    hmac(reinterpret_cast<unsigned char*>(mac.data()));
    headers = {{"webhook-id", "msg_1"},
               {"webhook-timestamp", stamp},
               {"webhook-signature", "v1," + base64(mac)}};
  }

  std::size_t seal() {
    SealedRecord record = sealed;
    seal_secret(vault, key, data_key, secret, record, random);
    return record.box.size();
  }
  std::size_t open() const {
    const auto opened = open_secret(vault, key, data_key, sealed);
    return opened ? opened->reveal().size() : 0;
  }
  std::size_t raw_seal() {
    unsigned long long length = 0;
    nonce = random.bytes(nonce.size());
    crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(box.data()),
                                               &length, bytes_of(secret), secret.size(), nullptr, 0,
                                               nullptr, bytes_of(nonce), bytes_of(raw_key));
    return length;
  }
  std::size_t raw_open() const {
    std::string out(kBytes, '\0');
    unsigned long long length = 0;
    const int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
        reinterpret_cast<unsigned char*>(out.data()), &length, nullptr, bytes_of(box), box.size(),
        nullptr, 0, bytes_of(nonce), bytes_of(raw_key));
    return bad == 0 ? length : 0;
  }
  std::size_t copy() const {
    ConnectorRequest copied = request;
    copied.headers.emplace_back("authorization", "Bearer " + hmac_key);
    std::string answer = reply;
    return copied.headers.size() + answer.size();
  }
  std::size_t inject() const {
    ConnectorRequest copied = request;
    std::vector<Secret> used;
    const auto done = splice(
        copied, manifest,
        [&](const Slot&) -> Result<Secret> { return Secret(std::string(hmac_key)); }, used);
    std::string answer = reply;
    const Scrubber scrubber(used);
    scrubber.scrub(answer);
    return done ? copied.headers.size() + answer.size() : 0;
  }
  std::size_t verify() const {
    static const WebhookScheme* const scheme = webhook_scheme("standard-webhooks/1");
    std::vector<Secret> secrets;
    secrets.emplace_back("whsec_" + base64(hmac_key));
    const inbound::SignedRequest asked{"POST", "https://example.com/", headers, body, ""};
    const auto good =
        inbound::verify_signature(*scheme, asked, secrets, std::chrono::minutes(5), now);
    return good ? 1 : 0;
  }
  std::size_t raw_verify() const {
    unsigned char mac[kMacBytes];
    hmac(mac);
    return 1 + mac[0];
  }
  // With OpenSSL, as inbound does; libsodium's is slower where the processor knows SHA-256.
  void hmac(unsigned char* mac) const {
    HMAC(EVP_sha256(), hmac_key.data(), static_cast<int>(hmac_key.size()), bytes_of(message),
         message.size(), mac, nullptr);
  }
};

int run(double seconds) {
  if (sodium_init() < 0) return 1;
  Things t;
  std::vector<Way> ways{
      {"box of 1 KiB", "", [&] { return t.raw_seal(); }, {}},
      {"seal 1 KiB", "box of 1 KiB", [&] { return t.seal(); }, {}},
      {"opened box of 1 KiB", "", [&] { return t.raw_open(); }, {}},
      {"open 1 KiB", "opened box of 1 KiB", [&] { return t.open(); }, {}},
      {"request copied with its header", "", [&] { return t.copy(); }, {}},
      {"credential put in, reply of 1 KiB scrubbed",
       "request copied with its header",
       [&] { return t.inject(); },
       {}},
      {"HMAC-SHA256 of 1 KiB", "", [&] { return t.raw_verify(); }, {}},
      {"webhook of 1 KiB verified", "HMAC-SHA256 of 1 KiB", [&] { return t.verify(); }, {}}};
  for (const auto& way : ways) {
    if (way.once() != 0) continue;
    std::fprintf(stderr, "bench_secrets: \"%s\" fails\n", way.name.c_str());
    return 1;
  }
  const double turn_ns = seconds / kRounds / static_cast<double>(ways.size()) * 1e9;
  std::size_t kept = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (Way& way : ways) {
      const double began = cpu_ns();
      std::size_t calls = 0;
      do {
        for (int i = 0; i < 16; ++i) kept += way.once();
        calls += 16;
      } while (cpu_ns() - began < turn_ns);
      way.ns.push_back((cpu_ns() - began) / static_cast<double>(calls));
    }
  }
  nlohmann::ordered_json report;
  for (const Way& way : ways) {
    report[way.name] = {{"ns", median(way.ns)}, {"floor", way.floor}};
  }
  report["kept"] = kept != 0;
  std::cout << report.dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace bench

// bench_secrets SECONDS: nanoseconds of CPU per act, the median of turns.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_secrets SECONDS\n");
    return 2;
  }
  return bench::run(std::stod(argv[1]));
}
