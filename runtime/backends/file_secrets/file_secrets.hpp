// FileSecrets: secrets from environment variables and files, read anew each time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ports/secret_store.hpp"

namespace tenon {

constexpr std::size_t kMaxSecretBytes = 64 * 1024;

// One thread. "env:NAME" or "file:PATH" (absolute, or relative to `base`).
class FileSecrets final : public SecretStore {
 public:
  explicit FileSecrets(std::string base = {}) : base_(std::move(base)) {}
  // One trailing newline (LF or CRLF) is not part of a secret.
  //   not_found: unset or empty variable, no such file. unauthorized: may not be read.
  //   invalid: not a reference, not a plain file, over kMaxSecretBytes.
  Result<Secret> get(std::string_view reference) override;

  // What is allowed but unwise, one line each, without repeats: files that others may read.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Result<Secret> from_environment(const std::string& name);
  Result<Secret> from_file(const std::string& path);
  void warn(std::string text);

  std::string base_;
  std::vector<std::string> warnings_;
};

}  // namespace tenon
