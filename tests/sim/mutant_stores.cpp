// The bugs that can be planted between the folds and their states.
#include "sim/mutant_stores.hpp"

namespace tenon::sim {
namespace {

class ForgetfulStore final : public StateStore {
 public:
  explicit ForgetfulStore(std::unique_ptr<StateStore> inner) : inner_(std::move(inner)) {}

  Result<std::optional<std::string>> get(std::string_view key) override { return inner_->get(key); }
  Result<std::vector<StateEntry>> scan(std::string_view from, std::string_view to,
                                       std::size_t limit) override {
    return inner_->scan(from, to, limit);
  }
  Result<void> commit(StateBatch batch) override {
    if (first_) {
      std::erase_if(batch.changes,
                    [](const auto& change) { return change.first.starts_with("n"); });
    }
    first_ = false;
    return inner_->commit(std::move(batch));
  }
  Result<void> clear() override { return inner_->clear(); }
  Result<void> sync() override { return inner_->sync(); }

 private:
  std::unique_ptr<StateStore> inner_;
  bool first_ = true;
};

}  // namespace

Result<std::unique_ptr<StateStore>> MutantStores::open(std::string_view name) {
  TENON_TRY_AS(auto store, inner_.open(name));
  if (forgets_) store = std::make_unique<ForgetfulStore>(std::move(store));
  return store;
}

}  // namespace tenon::sim
