// Telling begins and ends of conditions, each once and not too often.
#include "notices/board.hpp"

#include <algorithm>

namespace tenon {

bool NoticeBoard::Turns::may(Time now, std::uint32_t most, microseconds every) {
  if (filled == Time{} || now < filled) {  // the first one, or a clock that was set back
    left = filled == Time{} ? most : left;
    filled = now;
  }
  const auto more = (now - filled) / every;
  if (more > 0) {
    left = static_cast<std::uint32_t>(std::min<std::int64_t>(most, left + more));
    filled += more * every;
  }
  return left > 0;
}

bool NoticeBoard::may_tell(Entry& entry, Time now) {
  if (!entry.turns.may(now, kNoticesAtOnce, kNoticeEvery) ||
      !all_.may(now, kAllNoticesAtOnce, kAnyNoticeEvery)) {
    ++held_back_;
    return false;
  }
  --entry.turns.left;
  --all_.left;
  return true;
}

void NoticeBoard::restore(Notice notice) {
  Entry& entry = entries_[Key(notice.condition.topic, notice.condition.subject)];
  entry.open = !notice.over;
  entry.restored = entry.open;
  entry.condition = notice.condition;
  told(std::move(notice));
}

std::vector<Notice> NoticeBoard::look(std::vector<Condition> present, Time now) {
  std::vector<Notice> notices;
  held_back_ = 0;
  if (first_look_ == Time{}) first_look_ = now;
  const auto tell = [&](const Condition& condition, bool over) {
    Notice notice;
    notice.condition = condition;
    notice.over = over;
    notice.at = now;
    notices.push_back(std::move(notice));
  };
  std::map<Key, bool> seen;
  for (auto& condition : present) {
    const Key key(condition.topic, condition.subject);
    if (!seen.emplace(key, true).second) continue;
    if (entries_.size() >= kMostOpenNotices && !entries_.contains(key)) {
      ++held_back_;
      continue;
    }
    Entry& entry = entries_[key];
    entry.restored = false;
    const bool same =
        entry.open && (condition.since == Time{} || condition.since == entry.condition.since);
    if (condition.since == Time{}) condition.since = same ? entry.condition.since : now;
    if (same) {
      entry.condition = std::move(condition);  // its words may have changed
      continue;
    }
    if (!may_tell(entry, now)) continue;
    entry.open = true;
    entry.condition = std::move(condition);
    tell(entry.condition, false);
  }
  for (auto& [key, entry] : entries_) {
    if (!entry.open || seen.contains(key)) continue;
    if (entry.restored && now < first_look_ + kNoticesSettle) continue;
    if (!may_tell(entry, now)) continue;
    entry.open = false;
    tell(entry.condition, true);
  }
  forget_quiet();
  return notices;
}

// What is over and was told long ago has its turns back, so that a new entry is the same.
void NoticeBoard::forget_quiet() {
  if (entries_.size() < kMostOpenNotices / 2) return;
  std::erase_if(entries_, [&](const auto& one) {
    return !one.second.open && one.second.turns.left == kNoticesAtOnce;
  });
}

void NoticeBoard::told(Notice notice) {
  told_.push_front(std::move(notice));
  if (told_.size() > kMostNoticesShown) told_.pop_back();
}

bool NoticeBoard::is_open(const Notice& notice) const {
  if (notice.over) return false;
  const auto at = entries_.find(Key(notice.condition.topic, notice.condition.subject));
  return at != entries_.end() && at->second.open &&
         at->second.condition.since == notice.condition.since;
}

std::vector<Notice> NoticeBoard::list(std::size_t limit) const {
  std::vector<Notice> all(told_.begin(), told_.end());
  std::stable_partition(all.begin(), all.end(), [&](const Notice& one) { return is_open(one); });
  if (all.size() > limit) all.resize(limit);
  for (auto& notice : all) {
    if (!is_open(notice)) continue;
    notice.condition = entries_.at(Key(notice.condition.topic, notice.condition.subject)).condition;
  }
  return all;
}

std::vector<Condition> NoticeBoard::open() const {
  std::vector<Condition> all;
  for (const auto& [key, entry] : entries_) {
    if (entry.open) all.push_back(entry.condition);
  }
  return all;
}

}  // namespace tenon
