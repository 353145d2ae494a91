// Bytes of a vault file to values and back; each bound is checked before anything is allocated.
#include "backends/vault_file/image.hpp"

#include <algorithm>
#include <tuple>

#include "base/codec.hpp"
#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::string_view kMagic = "TENONVLT";
constexpr std::uint16_t kFormat = 1;
constexpr std::size_t kMaxTextBytes = 128;  // tenant, workspace, actor
constexpr std::size_t kLeastKeyBytes =
    4 + 4 + 4 + 8 + kVaultNonceBytes + kVaultKeyBytes + kVaultTagBytes;
constexpr std::size_t kLeastRecordBytes =
    4 + 4 + 4 + 8 + 8 + 4 + 8 + kVaultNonceBytes + 4 + kVaultTagBytes;

template <std::size_t N>
std::string_view view_of(const std::array<std::uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(std::string_view bytes) {
  std::array<std::uint8_t, N> out{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
  return out;
}

Error damaged(std::string what, std::string place) {
  return corrupt("the vault file is damaged: " + std::move(what), std::move(place));
}

// All but the CRC at its end.
std::string header_bytes(const VaultImage& image, std::size_t body) {
  const VaultHeader& header = image.header;
  Writer out;
  out.raw(kMagic);
  out.u16(kFormat);
  out.u16(static_cast<std::uint16_t>(header.kdf.kdf));
  out.u32(header.kdf.passes);
  out.u32(header.kdf.memory_kib);
  out.raw(view_of(header.kdf.salt));
  out.raw(view_of(header.kek));
  out.raw(view_of(header.vault));
  out.u64(header.generation);
  out.i64(us_of(header.written));
  out.u32(static_cast<std::uint32_t>(image.keys.size()));
  out.u32(static_cast<std::uint32_t>(image.records.size()));
  out.u32(static_cast<std::uint32_t>(body));
  return std::move(out).take();
}

void put_fields(Writer& out, const WrappedKey& key) {
  out.u32(key.id);
  out.text(key.tenant);
  out.text(key.workspace);
  out.i64(us_of(key.made));
}

void put_fields(Writer& out, const SealedRecord& record) {
  out.u32(record.key);
  out.text(record.name);
  out.u32(record.version);
  out.i64(us_of(record.made));
  out.i64(us_of(record.until));
  out.text(record.actor);
  out.u64(record.generation);
}

Result<void> check_kdf(const VaultKdfParameters& kdf) {
  if (kdf.kdf == VaultKdf::none) {
    const bool empty = kdf == VaultKdfParameters{};
    return empty ? Result<void>() : damaged("parameters of a KDF where there is none", "byte 12");
  }
  if (kdf.kdf != VaultKdf::argon2id) {
    return unsupported("wanted KDF 0 or 1, found another one: written by a newer version?",
                       "byte 10");
  }
  if (kdf.passes < 1 || kdf.passes > 16) return damaged("wanted 1 to 16 passes", "byte 12");
  if (kdf.memory_kib < 8 || kdf.memory_kib > 1u << 20) {
    return damaged("wanted 8 KiB to 1 GiB of memory for the KDF", "byte 16");
  }
  return {};
}

Result<WrappedKey> take_key(Reader& in, const std::string& place) {
  WrappedKey key;
  key.id = in.u32();
  const auto tenant = in.text(), workspace = in.text();
  key.made = time_from_us(in.i64());
  const auto nonce = in.raw(kVaultNonceBytes), box = in.raw(kVaultKeyBytes + kVaultTagBytes);
  if (!in.ok()) return damaged("it ends within an entry", place);
  if (tenant.size() > kMaxTextBytes || workspace.size() > kMaxTextBytes) {
    return damaged("wanted names of at most 128 bytes", place);
  }
  key.tenant = tenant;
  key.workspace = workspace;
  key.nonce = nonce;
  key.box = box;
  return key;
}

Result<SealedRecord> take_record(Reader& in, const std::string& place) {
  SealedRecord record;
  record.key = in.u32();
  const auto name = in.text();
  record.version = in.u32();
  record.made = time_from_us(in.i64());
  record.until = time_from_us(in.i64());
  const auto actor = in.text();
  record.generation = in.u64();
  const auto nonce = in.raw(kVaultNonceBytes), box = in.text();
  if (!in.ok()) return damaged("it ends within an entry", place);
  if (!check_vault_name(name)) return damaged("wanted the name of a secret", place);
  if (actor.size() > kMaxTextBytes) return damaged("wanted an actor of at most 128 bytes", place);
  if (box.size() < kVaultTagBytes || box.size() > kMaxVaultSecretBytes + kVaultTagBytes) {
    return damaged("wanted a box of 16 bytes to 64 KiB and 16 bytes", place);
  }
  record.name = name;
  record.actor = actor;
  record.nonce = nonce;
  record.box = box;
  return record;
}

auto place_of(const VaultImage& image, const SealedRecord& record) {
  const WrappedKey* key = image.key(record.key);
  return std::make_tuple(key == nullptr ? std::string() : key->tenant,
                         key == nullptr ? std::string() : key->workspace, record.name,
                         record.version);
}

Result<void> check_records(const VaultImage& image) {
  std::size_t versions = 0;
  for (std::size_t i = 0; i < image.records.size(); ++i) {
    const std::string place = "record " + std::to_string(i);
    if (image.key(image.records[i].key) == nullptr) {
      return damaged("its data key is not in the file", place);
    }
    if (i == 0) continue;
    const auto before = place_of(image, image.records[i - 1]);
    const auto now = place_of(image, image.records[i]);
    if (before >= now) return damaged("it is out of order", place);
    const bool same = std::tie(std::get<0>(before), std::get<1>(before), std::get<2>(before)) ==
                      std::tie(std::get<0>(now), std::get<1>(now), std::get<2>(now));
    versions = same ? versions + 1 : 0;
    if (versions >= kMaxVaultVersions) return damaged("wanted at most 4 versions", place);
  }
  return {};
}

}  // namespace

const WrappedKey* VaultImage::key(std::uint32_t id) const {
  const auto it = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.id == id; });
  return it == keys.end() ? nullptr : &*it;
}

const WrappedKey* VaultImage::key_of(std::string_view tenant, std::string_view workspace) const {
  const auto it = std::find_if(keys.rbegin(), keys.rend(), [&](const auto& k) {
    return k.tenant == tenant && k.workspace == workspace;
  });
  return it == keys.rend() ? nullptr : &*it;
}

void VaultImage::sort() {
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  std::sort(records.begin(), records.end(), [this](const auto& a, const auto& b) {
    return place_of(*this, a) < place_of(*this, b);
  });
}

Result<VaultBytes> read_vault(std::string_view bytes) {
  if (bytes.size() > kMaxVaultBytes) return corrupt("wanted at most 16 MiB, found more");
  if (bytes.size() < kVaultHeaderBytes + kVaultMacBytes) {
    return damaged("wanted at least 132 bytes, found " + std::to_string(bytes.size()), "header");
  }
  VaultBytes out;
  out.header = bytes.substr(0, kVaultHeaderBytes);
  out.mac = bytes.substr(kVaultHeaderBytes, kVaultMacBytes);
  out.body = bytes.substr(kVaultHeaderBytes + kVaultMacBytes);
  Reader in(out.header);
  if (in.raw(kMagic.size()) != kMagic) return corrupt("this is not a vault file", "byte 0");
  const std::uint16_t format = in.u16();
  VaultHeader& header = out.image.header;
  header.kdf.kdf = static_cast<VaultKdf>(in.u16());
  header.kdf.passes = in.u32();
  header.kdf.memory_kib = in.u32();
  header.kdf.salt = array_of<16>(in.raw(16));
  header.kek = array_of<kVaultIdBytes>(in.raw(kVaultIdBytes));
  header.vault = array_of<kVaultIdBytes>(in.raw(kVaultIdBytes));
  header.generation = in.u64();
  header.written = time_from_us(in.i64());
  const std::uint32_t keys = in.u32(), records = in.u32(), body = in.u32(), crc = in.u32();
  if (crc != crc32c(out.header.substr(0, kVaultHeaderBytes - 4))) {
    return damaged("its header does not match its checksum", "byte 96");
  }
  if (format != kFormat) {
    return unsupported(
        "wanted vault format 1, found " + std::to_string(format) + ": written by a newer version?",
        "byte 8");
  }
  TENON_TRY(check_kdf(header.kdf));
  if (header.generation == 0) return damaged("wanted a generation from 1", "byte 68");
  if (body != out.body.size()) {
    return damaged("wanted a body of " + std::to_string(body) + " bytes, found " +
                       std::to_string(out.body.size()),
                   "byte 132");
  }
  if (keys > kMaxVaultKeys || records > kMaxVaultRecords ||
      keys * kLeastKeyBytes + records * kLeastRecordBytes > body) {
    return damaged("it cannot hold as many entries as it says", "byte 84");
  }
  Reader entries(out.body);
  for (std::uint32_t i = 0; i < keys; ++i) {
    const std::string place = "data key " + std::to_string(i);
    TENON_TRY_AS(auto key, take_key(entries, place));
    const bool ordered = out.image.keys.empty() || out.image.keys.back().id < key.id;
    if (!ordered || key.id == 0) return damaged("it is out of order", place);
    out.image.keys.push_back(std::move(key));
  }
  for (std::uint32_t i = 0; i < records; ++i) {
    TENON_TRY_AS(auto record, take_record(entries, "record " + std::to_string(i)));
    out.image.records.push_back(std::move(record));
  }
  if (!entries.at_end()) return damaged("bytes behind the last record", "body");
  TENON_TRY(check_records(out.image));
  return out;
}

VaultParts parts_of(const VaultImage& image) {
  Writer body;
  for (const auto& key : image.keys) {
    put_fields(body, key);
    body.raw(key.nonce);
    body.raw(key.box);
  }
  for (const auto& record : image.records) {
    put_fields(body, record);
    body.raw(record.nonce);
    body.text(record.box);
  }
  VaultParts out;
  out.body = std::move(body).take();
  out.header = header_bytes(image, out.body.size());
  Writer crc;
  crc.u32(crc32c(out.header));
  out.header += crc.view();
  return out;
}

Result<void> check_vault_name(std::string_view name) {
  const auto fail = [](const char* found) {
    return invalid(std::string("wanted the name of a secret: parts of a-z, 0-9, _ and -, parted "
                               "by /, as in crm/token; found ") +
                   found);
  };
  if (name.empty()) return fail("none");
  if (name.size() > kMaxVaultNameBytes) return fail("more than 128 bytes");
  char before = '/';
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!plain && c != '/') return fail("another character");
    if (c == '/' && before == '/') return fail("an empty part");
    before = c;
  }
  return before == '/' ? fail("an empty part") : Result<void>();
}

std::string bound_to(const VaultId& vault, const WrappedKey& key) {
  Writer out;
  out.text("tenon vault data key 1");
  out.raw(view_of(vault));
  put_fields(out, key);
  return std::move(out).take();
}

std::string bound_to(const VaultId& vault, const WrappedKey& key, const SealedRecord& record) {
  Writer out;
  out.text("tenon vault record 1");
  out.raw(view_of(vault));
  out.text(key.tenant);
  out.text(key.workspace);
  put_fields(out, record);
  return std::move(out).take();
}

}  // namespace tenon
