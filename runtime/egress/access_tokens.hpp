// AccessTokens: where egress gets the token of a slot that OAuth fills; oauth/ implements it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "async/task.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"

namespace tenon {

struct AccessToken {
  Secret value;
  std::uint64_t generation = 0;  // grows with each token that the destination gets

  AccessToken() = default;
  AccessToken(Secret token, std::uint64_t number) : value(std::move(token)), generation(number) {}
};

// One thread.
class AccessTokens {
 public:
  virtual ~AccessTokens() = default;
  // The token in force; waits for one that is being got, at most until `deadline`. What it is given
  // outlives the call.
  //   unauthorized: a person must connect the destination. invalid: its configuration cannot work.
  //   Else: there is none now, but later there may be.
  virtual Task<Result<AccessToken>> token(const Destination& destination, const Manifest& manifest,
                                          const nlohmann::json& settings, Instant deadline) = 0;
  // The vendor answered a request with this token by 401. True: it is worth asking for another;
  // once per token.
  virtual bool refused(const std::string& destination, std::uint64_t generation) = 0;
  // The vendor took a request with it.
  virtual void served(const std::string& destination, std::uint64_t generation) = 0;
  // Why a person must connect the destination before anything can be sent; nothing: not needed.
  virtual std::optional<std::string> needs_reconnect(const std::string& destination) const = 0;
  // Somebody says that the cause is mended: the vendor is asked once more.
  virtual void try_again(const std::string& destination) = 0;
};

// Does OAuth fill this slot of the destination?
inline bool is_filled_by_oauth(const Destination& destination, const Manifest& manifest,
                               const std::string& slot) {
  return destination.oauth && manifest.oauth && manifest.oauth->slot == slot;
}

}  // namespace tenon
