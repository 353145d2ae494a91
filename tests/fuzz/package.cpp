// A package: sound, or refused with a reason; what is sound holds only what a package may hold, and
// is the same package when it is written and read once more. The first byte says what comes: bytes
// as they are, an archive not yet squeezed, or a sound archive with bytes changed.
#include "packages/package.hpp"

#include "fuzz/input.hpp"
#include "packages/archive.hpp"
#include "packages/gzip.hpp"
#include "support/manifest_file.hpp"

namespace {

using tenon::packages::Package;

const std::string& sound_archive() {
  static const std::string tar = [] {
    auto package = tenon::packages::make_package(
        {{"connector.so", tenon::so_with(tenon::manifest_toml("tiny", "1.0.0"))},
         {"golden/a.json", "{}\n"},
         {"LICENSE", "none\n"}});
    fuzz::must(package.has_value());
    auto key = tenon::packages::PrivateKey::from_seed(
        tenon::Secret(std::string(tenon::packages::kSeedBytes, 'k')));
    fuzz::must(key && tenon::packages::sign(*package, *key));
    auto files = package->files;
    files.insert(files.end(), package->proofs.begin(), package->proofs.end());
    auto tar = tenon::packages::write_tar(files);
    fuzz::must(tar.has_value());
    return std::move(*tar);
  }();
  return tar;
}

std::string changed_archive(fuzz::Input& input) {
  std::string tar = sound_archive();
  if (input.number(1) % 8 == 0) tar.resize(input.number(2) % (tar.size() + 1));
  while (!input.empty()) {
    const auto at = input.number(2);
    const auto change = input.take(1 + input.number(1) % 16);
    if (at + change.size() <= tar.size()) tar.replace(at, change.size(), change);
  }
  return tar;
}

void check_sound(const Package& package) {
  fuzz::must(package.file("connector.so") != nullptr && package.file("manifest.toml") != nullptr);
  fuzz::must(package.proofs.size() == package.signers.size());
  for (const auto& file : package.files) {
    fuzz::must(tenon::packages::check_name(file.name).has_value());
    fuzz::must(file.name.find("..") == std::string::npos ||
               file.name.find("/.") == std::string::npos);
    fuzz::must(file.bytes.size() <= tenon::packages::most_bytes_of(file.name));
  }
  const auto bytes = tenon::packages::write_package(package);
  fuzz::must(bytes.has_value());
  const auto again = tenon::packages::read_package(*bytes);
  fuzz::must(again && again->digest == package.digest && again->files == package.files &&
             again->signers == package.signers);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  std::string bytes;
  switch (input.number(1) % 3) {
    case 0: bytes = input.rest(); break;
    case 1: bytes = *tenon::packages::squeeze(input.rest()); break;
    default: {
      const std::string tar = changed_archive(input);
      bytes = *tenon::packages::squeeze(tar);
      // Each byte of it is fixed by its form, its digest or its signature.
      const auto read = tenon::packages::read_package(bytes);
      fuzz::must(read.has_value() == (tar == sound_archive()) || read->signers.empty());
    }
  }
  const auto package = tenon::packages::read_package(bytes);
  if (package) {
    check_sound(*package);
  } else {
    fuzz::must(!package.error().message.empty());
  }
  return 0;
}
