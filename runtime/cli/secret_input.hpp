// SecretInput: a secret from a file, a variable or stdin; never from an argument.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace tenon::cli {

struct SecretInput {
  std::string file, variable;

  // --from-file and --from-env.
  void add_to(CLI::App& command);
  bool is_given() const { return !file.empty() || !variable.empty(); }
  // Without either it is read from stdin; on a terminal `what` is asked for, and not shown. One
  // newline at the end is not part of it. invalid: there is none, or more than 64 KiB.
  Result<Secret> read(const std::string& what) const;
};

}  // namespace tenon::cli
