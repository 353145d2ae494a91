// Making, reading, writing and signing of packages.
#include "packages/package.hpp"

#include <algorithm>
#include <iterator>

#include "base/hash.hpp"
#include "manifest/elf_section.hpp"
#include "manifest/words.hpp"
#include "packages/archive.hpp"
#include "packages/gzip.hpp"

namespace tenon::packages {
namespace {

constexpr std::string_view kContentsHead = "tenon package contents 1\n";
constexpr std::string_view kStatementHead = "tenon package statement 1\n";
constexpr std::string_view kProofExtension = ".sig";
constexpr std::size_t kTarOverhead = (kMaxEntries + 3) * 1'024;

bool by_name(const PackedFile& a, const PackedFile& b) { return a.name < b.name; }

// Name, size and digest of each file: what is signed must not depend on how bytes are squeezed.
std::string digest_of(const std::vector<PackedFile>& files) {
  std::string list(kContentsHead);
  for (const auto& file : files) {
    list +=
        digest_hex(file.bytes) + " " + std::to_string(file.bytes.size()) + " " + file.name + "\n";
  }
  return digest_hex(list);
}

Result<void> check_sizes(const std::vector<PackedFile>& files) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& file = files[i];
    TENON_TRY(check_name(file.name));
    if (i > 0 && files[i - 1].name == file.name) {
      return invalid("wanted each file once, found it twice", file.name);
    }
    if (file.bytes.size() > most_bytes_of(file.name)) {
      return invalid("wanted at most " + std::to_string(most_bytes_of(file.name)) +
                         " bytes, found " + std::to_string(file.bytes.size()),
                     file.name);
    }
    total += file.bytes.size();
  }
  if (files.size() > kMaxEntries || total > kMaxContentBytes) {
    return invalid("wanted at most " + std::to_string(kMaxEntries) + " files and " +
                   std::to_string(kMaxContentBytes) + " bytes, found " +
                   std::to_string(files.size()) + " files and " + std::to_string(total) + " bytes");
  }
  return {};
}

// The manifest that counts is the one inside the code; the file beside it is for people and tools
// that look into a package, so it must say the same.
Result<Manifest> manifest_in(const std::vector<PackedFile>& files, std::string& embedded) {
  const auto so = std::find_if(files.begin(), files.end(),
                               [](const auto& file) { return file.name == kConnectorFile; });
  if (so == files.end()) return invalid("wanted connector.so in the package, found none");
  TENON_TRY_AS(embedded, manifest_text_in(so->bytes, so->name));
  return parse_manifest(embedded, so->name + "(.tenon_manifest)");
}

Result<void> compare_manifests(const PackedFile& beside, const std::string& embedded,
                               const Manifest& manifest) {
  if (beside.bytes == embedded) return {};
  const auto other = parse_manifest(beside.bytes, beside.name);
  std::string found = "another text";
  if (other && other->release() != manifest.release()) found = other->release();
  return invalid("wanted the manifest that is in connector.so, of " + manifest.release() +
                     ", found " + found + "; pack the release again",
                 beside.name);
}

Result<Package> package_of(std::vector<PackedFile> files) {
  TENON_TRY(check_sizes(files));
  Package package;
  std::string embedded;
  TENON_TRY_AS(package.manifest, manifest_in(files, embedded));
  const auto beside = std::find_if(files.begin(), files.end(),
                                   [](const auto& file) { return file.name == kManifestFile; });
  if (beside == files.end()) {
    return invalid("wanted manifest.toml in the package, found none");
  }
  TENON_TRY(compare_manifests(*beside, embedded, package.manifest));
  package.digest = digest_of(files);
  package.files = std::move(files);
  return package;
}

Result<PublicKey> signer_of(const PackedFile& proof, const std::string& statement) {
  const std::string_view name(proof.name);
  const auto digits = name.substr(kSignatureFolder.size());
  const bool named = digits.ends_with(kProofExtension);
  auto key = parse_public_key(std::string(manifest::kKeyScheme) +
                              std::string(digits.substr(0, digits.size() - 4 * named)));
  if (!named || !key) {
    return invalid(
        "wanted a signature as signatures/KEY.sig, KEY being 64 digits of 0-9 and a-f, "
        "found another name",
        proof.name);
  }
  const bool line = proof.bytes.size() == 129 && proof.bytes.back() == '\n';
  if (!line || !is_signed(*key, statement, std::string_view(proof.bytes).substr(0, 128))) {
    return corrupt(
        "wanted this key's signature over name, version, ABI, architecture, profile and digest of "
        "the package, found another: the package was changed, or the signature belongs to another "
        "one; fetch it again, or ask who signed it",
        proof.name);
  }
  return std::move(*key);
}

// Kept sorted, and each signer beside its proof.
Result<void> add_proof(Package& package, PackedFile proof, const PublicKey& key) {
  const auto at = std::lower_bound(package.proofs.begin(), package.proofs.end(), proof, by_name);
  if (at != package.proofs.end() && at->name == proof.name) {
    *at = std::move(proof);
    return {};
  }
  if (package.proofs.size() == kMaxSignatures) {
    return invalid("wanted at most " + std::to_string(kMaxSignatures) +
                   " signatures, found as many already");
  }
  package.signers.insert(package.signers.begin() + (at - package.proofs.begin()), key);
  package.proofs.insert(at, std::move(proof));
  return {};
}

}  // namespace

const PackedFile* Package::file(std::string_view name) const {
  for (const auto& one : files) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

std::string Package::statement() const {
  return std::string(kStatementHead) + "name " + manifest.id + "\nversion " + manifest.version +
         "\nabi " + std::to_string(manifest.abi_major) + "." +
         std::to_string(manifest.needs_minor) + "\narchitecture " + std::string(kArchitecture) +
         "\nprofile " + manifest.profile + "\ncontents " + digest + "\n";
}

Result<Package> make_package(std::vector<PackedFile> files) {
  for (const auto& file : files) {
    if (is_signature(file.name)) {
      return invalid("wanted files without signatures; sign the package instead", file.name);
    }
  }
  const auto has = [&](std::string_view name) {
    return std::any_of(files.begin(), files.end(),
                       [&](const auto& file) { return file.name == name; });
  };
  if (!has(kManifestFile)) {
    std::string embedded;
    TENON_TRY(manifest_in(files, embedded));
    files.push_back({std::string(kManifestFile), std::move(embedded)});
  }
  std::sort(files.begin(), files.end(), by_name);
  return package_of(std::move(files));
}

Result<Package> read_package(std::string_view bytes) {
  if (bytes.size() > kMaxPackageBytes) {
    return invalid("wanted a package of at most " + std::to_string(kMaxPackageBytes) +
                   " bytes, found " + std::to_string(bytes.size()));
  }
  TENON_TRY_AS(const std::string tar, inflate(bytes, kMaxContentBytes + kTarOverhead));
  TENON_TRY_AS(auto all, read_tar(tar));
  const auto proofs = std::stable_partition(
      all.begin(), all.end(), [](const auto& file) { return !is_signature(file.name); });
  std::vector<PackedFile> signatures(std::make_move_iterator(proofs),
                                     std::make_move_iterator(all.end()));
  all.erase(proofs, all.end());
  TENON_TRY_AS(Package package, package_of(std::move(all)));
  if (signatures.size() > kMaxSignatures) {
    return invalid("wanted at most " + std::to_string(kMaxSignatures) + " signatures, found " +
                   std::to_string(signatures.size()));
  }
  const std::string statement = package.statement();
  for (const auto& proof : signatures) {
    TENON_TRY_AS(auto key, signer_of(proof, statement));
    package.signers.push_back(std::move(key));
  }
  package.proofs = std::move(signatures);
  return package;
}

Result<std::string> write_package(const Package& package) {
  auto all = package.files;
  all.insert(all.end(), package.proofs.begin(), package.proofs.end());
  std::sort(all.begin(), all.end(), by_name);
  TENON_TRY_AS(const std::string tar, write_tar(all));
  TENON_TRY_AS(std::string bytes, squeeze(tar));
  if (bytes.size() > kMaxPackageBytes) {
    return invalid("wanted a package of at most " + std::to_string(kMaxPackageBytes) +
                   " bytes, found " + std::to_string(bytes.size()));
  }
  return bytes;
}

Result<void> sign(Package& package, const PrivateKey& key) {
  PackedFile proof;
  proof.name =
      std::string(kSignatureFolder) + key.public_key().hex() + std::string(kProofExtension);
  proof.bytes = key.sign(package.statement()) + "\n";
  return add_proof(package, std::move(proof), key.public_key());
}

Result<std::size_t> merge_signatures(Package& to, const Package& from) {
  std::size_t added = 0;
  for (std::size_t i = 0; i < from.proofs.size(); ++i) {
    if (std::find(to.signers.begin(), to.signers.end(), from.signers[i]) != to.signers.end()) {
      continue;
    }
    TENON_TRY(add_proof(to, from.proofs[i], from.signers[i]));
    ++added;
  }
  return added;
}

std::string file_name_of(const Manifest& manifest) {
  return manifest.id + "-" + manifest.version + std::string(kPackageExtension);
}

Result<void> check_file_name(const Package& package, std::string_view file_name) {
  const std::string wanted = file_name_of(package.manifest);
  if (file_name == wanted || !file_name.ends_with(kPackageExtension)) return {};
  return invalid("wanted the name of the release that is in it, " + wanted + ", found " +
                 std::string(file_name.substr(0, kMaxNameBytes)) +
                 "; is it the one that you mean? If so, rename it");
}

}  // namespace tenon::packages
