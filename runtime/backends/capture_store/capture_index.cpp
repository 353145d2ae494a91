// Look-ups run over all rows: at most kMaxIndexedCalls of them, some milliseconds.
#include "backends/capture_store/capture_index.hpp"

#include <algorithm>

namespace tenon {
namespace {

bool fits_name(const std::string& wanted, const std::string& found) {
  return wanted.empty() || wanted == found;
}

bool fits(const CaptureQuery& query, const CaptureIndex::Row& row) {
  const auto& info = row.info;
  if (query.before != 0 && info.place >= query.before) return false;
  if (query.failed && !info.failed) return false;
  if (info.at < query.since) return false;
  if (!fits_name(query.destination, info.destination)) return false;
  if (!fits_name(query.release, info.release)) return false;
  if (!fits_name(query.attempt, info.attempt)) return false;
  if (!query.connector.empty() && info.release.substr(0, info.release.find('@')) != query.connector)
    return false;
  if (!query.delivery) return true;
  return std::find(row.deliveries.begin(), row.deliveries.end(), short_of(*query.delivery)) !=
         row.deliveries.end();
}

}  // namespace

void CaptureIndex::add(std::uint64_t file, const CaptureFrame& frame, CaptureSummary summary) {
  Row row;
  row.info = std::move(summary.info);
  row.info.place = place_of(file, frame.offset);
  row.frame = frame;
  row.deliveries = std::move(summary.deliveries);
  ++calls_;
  deliveries_ += row.deliveries.size();
  files_[file].push_back(std::move(row));
}

void CaptureIndex::drop_file(std::uint64_t file) {
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  calls_ -= found->second.size();
  for (const auto& row : found->second) deliveries_ -= row.deliveries.size();
  files_.erase(found);
}

void CaptureIndex::clear() {
  files_.clear();
  calls_ = deliveries_ = 0;
}

std::vector<CaptureInfo> CaptureIndex::list(const CaptureQuery& query) const {
  std::vector<CaptureInfo> out;
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
    for (auto row = file->second.rbegin(); row != file->second.rend(); ++row) {
      if (out.size() == query.limit) return out;
      if (fits(query, *row)) out.push_back(row->info);
    }
  }
  return out;
}

const CaptureIndex::Row* CaptureIndex::find(const std::string& attempt, std::uint64_t& file) const {
  for (auto it = files_.rbegin(); it != files_.rend(); ++it) {
    for (auto row = it->second.rbegin(); row != it->second.rend(); ++row) {
      if (row->info.attempt != attempt) continue;
      file = it->first;
      return &*row;
    }
  }
  return nullptr;
}

Time CaptureIndex::oldest() const {
  Time out{};
  for (const auto& [file, rows] : files_) {
    for (const auto& row : rows) {
      if (out == Time{} || row.info.at < out) out = row.info.at;
    }
    if (out != Time{}) return out;  // later files begin later
  }
  return out;
}

}  // namespace tenon
