// A vault on a simulated disk, with a fixed source of nonces and a clock that is told.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "backends/file_log/sim_disk.hpp"
#include "backends/memory/seeded_random.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/vault_file/vault_file.hpp"

namespace tenon::testing {

class MapSecrets final : public SecretStore {
 public:
  Result<Secret> get(std::string_view reference) override {
    const auto it = values.find(std::string(reference));
    if (it == values.end()) return not_found("wanted a set variable, found none");
    return Secret(std::string(it->second));
  }
  std::map<std::string, std::string> values;
};

struct VaultWorld {
  VaultWorld() { EXPECT_TRUE(disk.make_directory("data") && disk.sync_directory(".")); }

  std::unique_ptr<VaultFile> vault(const std::string& key = "file:data/vault.key") {
    VaultFileOptions options;
    options.folder = "data/vault";
    options.key = *parse_key_source(key);
    options.passes = 1;
    options.memory_kib = 8;
    options.most_bytes = most_bytes;
    return std::make_unique<VaultFile>(VaultDoors{disk, clock, random, secrets}, options);
  }
  // Opened; the test fails if that does.
  std::unique_ptr<VaultFile> opened(const std::string& key = "file:data/vault.key",
                                    const std::string& workspace = "main") {
    auto out = vault(key);
    const auto result = out->open({"acme", workspace}, {});
    EXPECT_TRUE(result) << result.error().text();
    return out;
  }
  std::string read(const std::string& path) {
    auto file = disk.open(path, DiskOpen::existing);
    return file ? read_whole(**file, kMaxVaultBytes * 2).value() : std::string();
  }
  void write(const std::string& path, std::string_view bytes) {
    auto file = disk.open(path, DiskOpen::replace);
    ASSERT_TRUE(file && write_all(**file, 0, bytes) && (*file)->sync());
  }

  std::size_t most_bytes = kMaxVaultBytes;
  SimDisk disk;
  SimClock clock;
  SeededRandom random{7};
  MapSecrets secrets;
};

const VaultScope kMain{"acme", "main"};

inline VaultKnown known_of(const VaultFile& vault) {
  return {vault.status().vault, vault.status().generation};
}

inline std::string value_of(VaultFile& vault, const std::string& name) {
  const auto secret = vault.get("vault:" + name);
  return secret ? std::string(secret->reveal()) : "error: " + secret.error().text();
}

inline std::vector<std::string> values_of(VaultFile& vault, const std::string& name) {
  std::vector<std::string> out;
  const auto secrets = vault.valid("vault:" + name);
  if (!secrets) return out;
  for (const auto& secret : *secrets) out.emplace_back(secret.reveal());
  return out;
}

inline Result<VaultChange> put(VaultFile& vault, const std::string& name, std::string value,
                               seconds overlap = seconds{0}) {
  return vault.put(name, Secret(std::move(value)), overlap, "uid:7");
}

}  // namespace tenon::testing
