// PageBuilder: gathers what the steps of one pull call emit into one page, or says why there is
// none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "event/pulled.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon::sync {

constexpr std::size_t kMaxPageRecords = 1'000;  // what one decision of the pipeline takes, too
constexpr std::size_t kMaxPageBytes = 4u << 20;
constexpr std::size_t kMaxCursorBytes = 16 * 1024;

struct Page {
  std::string cursor;
  bool more = false;
  std::vector<PulledRecord> records;
};

// Emits count once a checkpoint stands behind them; those behind the last one are not taken. Pure.
class PageBuilder {
 public:
  // One step's pushes, in order. invalid: over a limit; the call is of no use any more, but for
  // what a checkpoint has covered.
  Result<void> add(StepResult& step);
  // What is covered by a checkpoint; nothing if no step made one.
  std::optional<Page> take();
  // Emits that no checkpoint covers.
  std::size_t uncovered() const { return pending_.size(); }
  // Does the page hold anything that is not known already? `before`: the cursor that is durable.
  static bool is_news(const Page& page, const std::string& before) {
    return !page.records.empty() || page.cursor != before;
  }

 private:
  Result<void> take_emit(Emit& emit);

  std::optional<Page> page_;
  std::vector<PulledRecord> pending_;
  std::size_t bytes_ = 0;
};

}  // namespace tenon::sync
