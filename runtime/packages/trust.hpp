// Trust: may this package be installed here? Decided from values alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "manifest/workspace.hpp"
#include "packages/package.hpp"

namespace tenon::packages {

// One right signature, and who that is to the workspace.
struct Signer {
  PublicKey key;
  std::string name;          // of [[trust.keys]]; "" = the workspace does not know the key
  bool may_sign_it = false;  // the key is known, and for this connector
};

struct Judged {
  std::vector<Signer> signers;
  std::string doubt;  // why no signature counts; "" = one does

  bool trusted() const { return doubt.empty(); }
};

// What the workspace thinks of signatures on a package of `connector`.
Judged judge(const std::string& connector, const std::vector<PublicKey>& signers,
             const Trust& trust);

// A release that is there already.
struct PresentRelease {
  std::string id, version;
  std::string so_digest;  // digest_hex of its .so
  std::string digest;     // of its package; "" = it came as a .so
};

enum class Downgrade : std::uint8_t { refuse, allow };
enum class Admission : std::uint8_t {
  install,
  present,  // the same package is installed: nothing to do but to keep further signatures
};

// conflict: no signature that counts where the workspace requires one; other bytes under a version
// that is installed; a version older than the newest installed one, unless that is allowed. The
// text says which, and how to mend it.
Result<Admission> admit(const Package& package, const Trust& trust,
                        const std::vector<PresentRelease>& present, Downgrade downgrade);

}  // namespace tenon::packages
