// GrantStore: where grants are kept between exchanges; a small port, so that one test can be three
// hosts.
#pragma once

#include <cstdint>
#include <string>

#include "async/task.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace tenon::oauth {

struct StoredGrant {
  std::uint64_t revision = 0;  // grows with each write; 0 = nothing is stored
  Secret bytes;
};

// One thread.
class GrantStore {
 public:
  virtual ~GrantStore() = default;
  // Nothing stored is no error.
  virtual Result<StoredGrant> read(const std::string& destination) = 0;
  // On disk when it returns; gives the new revision.
  //   conflict: it is not at `revision` any more, so somebody else has written: nothing is changed.
  virtual Task<Result<std::uint64_t>> write(std::string destination, std::uint64_t revision,
                                            Secret bytes) = 0;
};

}  // namespace tenon::oauth
