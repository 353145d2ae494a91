// Counting anew what a log holds, while no host has it open.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <stdexcept>

#include "audit/recount.hpp"
#include "backends/file_log/file_log.hpp"
#include "backends/system/system_clock.hpp"
#include "backends/system/system_random.hpp"
#include "base/hash.hpp"
#include "crash/ledger.hpp"

namespace tenon::testing {

CompletenessCounts recount_of(const std::string& data) {
  boost::asio::io_context context;
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  FileLogOptions options;
  options.threaded = false;
  auto log = FileLog::open(context.get_executor(), disk, clock, random, data + "/log", options);
  if (!log) throw std::runtime_error("the log does not open: " + log.error().text());
  std::optional<Result<Recount>> counted;
  boost::asio::co_spawn(
      context, recount(**log, ends_of(**log)),
      [&](std::exception_ptr, Result<Recount> result) { counted = std::move(result); });
  context.run();
  if (!counted || !*counted) {
    throw std::runtime_error("the log does not count: " +
                             (counted ? counted->error().text() : std::string("no answer")));
  }
  CompletenessCounts sum;
  for (const auto& [key, row] : (*counted)->rows()) {
    if (key.source != hash_of_name(kNotices)) sum.add(row);
  }
  sum.broken = (*counted)->total().broken;
  return sum;
}

}  // namespace tenon::testing
