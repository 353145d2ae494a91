// The rules of installing.
#include "packages/trust.hpp"

#include <algorithm>
#include <optional>

#include "base/hash.hpp"
#include "manifest/words.hpp"

namespace tenon::packages {
namespace {

bool may_sign(const TrustedKey& key, const std::string& connector) {
  return key.connectors.empty() ||
         std::find(key.connectors.begin(), key.connectors.end(), connector) != key.connectors.end();
}

Signer signer_of(const PublicKey& key, const std::string& connector, const Trust& trust) {
  Signer out;
  out.key = key;
  for (const auto& known : trust.keys) {
    if (known.key != key.text) continue;
    out.name = known.name;
    out.may_sign_it = may_sign(known, connector);
  }
  return out;
}

std::string doubt_of(const std::vector<Signer>& signers, const std::string& connector) {
  if (signers.empty()) return "it is not signed";
  std::string who;
  for (const auto& signer : signers) {
    who += (who.empty() ? "" : ", and by ") +
           (signer.name.empty() ? signer.key.text + ", a key that [trust] does not name"
                                : signer.name + ", whose key may not sign " + connector);
  }
  return "it is signed by " + who;
}

std::optional<manifest::Version> newest_of(const std::string& id,
                                           const std::vector<PresentRelease>& present) {
  std::optional<manifest::Version> newest;
  for (const auto& one : present) {
    const auto version = manifest::parse_version(one.version);
    if (one.id == id && version && (!newest || *newest < *version)) newest = version;
  }
  return newest;
}

std::string text_of(const manifest::Version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch) + (version.pre.empty() ? "" : "-" + version.pre);
}

}  // namespace

Judged judge(const std::string& connector, const std::vector<PublicKey>& signers,
             const Trust& trust) {
  Judged out;
  bool counts = false;
  for (const auto& key : signers) {
    out.signers.push_back(signer_of(key, connector, trust));
    counts = counts || out.signers.back().may_sign_it;
  }
  if (!counts) out.doubt = doubt_of(out.signers, connector);
  return out;
}

Result<Admission> admit(const Package& package, const Trust& trust,
                        const std::vector<PresentRelease>& present, Downgrade downgrade) {
  const Manifest& manifest = package.manifest;
  const auto judged = judge(manifest.id, package.signers, trust);
  if (trust.require_signature && !judged.trusted()) {
    return conflict("wanted " + manifest.release() +
                    " signed by a key of [trust] in the workspace file, which requires it; " +
                    judged.doubt +
                    "; sign it (tenon connector sign), or add the key if you trust "
                    "whoever holds it");
  }
  const PackedFile* so = package.file(kConnectorFile);
  const std::string so_digest = so == nullptr ? std::string() : digest_hex(so->bytes);
  for (const auto& one : present) {
    if (one.id != manifest.id || one.version != manifest.version) continue;
    if (one.digest == package.digest) return Admission::present;
    if (!one.digest.empty() || one.so_digest != so_digest) {
      return conflict(
          manifest.release() + " is installed already, with other content (" +
          (one.digest.empty() ? "as a .so, digest " + one.so_digest : "digest " + one.digest) +
          "; this one has " + (one.digest.empty() ? so_digest : package.digest) +
          "); a release is never changed: give the new one another version");
    }
  }
  const auto version = manifest::parse_version(manifest.version);
  const auto newest = newest_of(manifest.id, present);
  if (downgrade == Downgrade::refuse && newest && version && *version < *newest) {
    return conflict("wanted a version of " + manifest.id + " that is newer than " +
                    text_of(*newest) + ", which is installed, found " + manifest.version +
                    "; say --allow-downgrade if you mean it");
  }
  return Admission::install;
}

}  // namespace tenon::packages
