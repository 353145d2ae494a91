// NoticeBoard: which conditions are open, what is to be told of them, and what was told last.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "notices/notice.hpp"

namespace tenon {

// A condition that comes and goes is told so often at once, then once in this time: each notice is
// an event that people read. What is held back is told when its turn comes, if it is still so.
constexpr std::uint32_t kNoticesAtOnce = 4;
constexpr seconds kNoticeEvery{60};
// The same for all of them together.
constexpr std::uint32_t kAllNoticesAtOnce = 200;
constexpr milliseconds kAnyNoticeEvery{1'000};
// What was open before a restart is not over because it cannot be seen yet.
constexpr seconds kNoticesSettle{60};
constexpr std::size_t kMostNoticesShown = 500;
constexpr std::size_t kMostOpenNotices = 5'000;

// Values and `now` in, notices out; no clock, no log. What it said it takes for told.
class NoticeBoard {
 public:
  // From the log, oldest first, before the first look.
  void restore(Notice notice);
  // All that is so at present. Gives what is new of it, and what is over.
  std::vector<Notice> look(std::vector<Condition> present, Time now);
  // It is in the log under notice.id.
  void told(Notice notice);

  // Newest first; those that are open stand before all others, in the words of now.
  std::vector<Notice> list(std::size_t limit) const;
  std::vector<Condition> open() const;
  bool is_open(const Notice& notice) const;
  // Changes that wait for their turn.
  std::size_t held_back() const { return held_back_; }

 private:
  using Key = std::pair<Topic, std::string>;
  // Fills up by one each `every`, up to `most`.
  struct Turns {
    std::uint32_t left = 0;
    Time filled{};
    bool may(Time now, std::uint32_t most, microseconds every);
  };
  struct Entry {
    Condition condition;
    bool open = false;
    bool restored = false;  // from the log, and not seen since
    Turns turns;
  };
  bool may_tell(Entry& entry, Time now);
  void forget_quiet();

  std::map<Key, Entry> entries_;
  std::deque<Notice> told_;  // newest first
  Turns all_;
  Time first_look_{};
  std::size_t held_back_ = 0;
};

}  // namespace tenon
