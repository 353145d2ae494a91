// ModelHost: the part of a host that stands between a connector's requests and the vendor's model.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "conformance/case.hpp"
#include "testkit/loadable_model.hpp"

namespace tenon::conformance {

class ModelHost {
 public:
  // Skip if no model was given, Failure if it cannot be loaded.
  explicit ModelHost(Subject& subject);

  // Puts the credentials in, as the manifest says, and lets the vendor answer.
  testkit::ReplyIn send(const testkit::RequestOut& request);
  std::string holdings() const { return model_->holdings(); }
  // Of the vendor's clock; it moves only so.
  void wait_ms(std::int64_t more) { now_ms_ += more; }
  std::int64_t now_ms() const { return now_ms_; }

 private:
  testkit::ModelRequest spliced(const testkit::RequestOut& request) const;

  const ManifestFacts& facts_;
  std::unique_ptr<testkit::LoadableModel> model_;
  std::int64_t now_ms_ = 1'767'323'045'000;
  std::uint64_t random_ = 1;
};

}  // namespace tenon::conformance
