// Judging a layout by the table.
#include "abi/compare.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tenon::abi {
namespace {

using Facts = std::map<std::string, Fact>;  // by key

constexpr std::uint64_t kMaxStruct = 4096;  // a larger size is refused as a mistake

std::string text(std::uint64_t number) { return std::to_string(number); }

class Judge {
 public:
  Judge(const Table& promised, const Layout& found) : promised_(promised), found_(found) {
    for (auto& fact : facts_of(found)) facts_.emplace(fact.key(), fact);
    for (const auto& [since, fact] : promised.lines) {
      known_[fact.key()] = fact;  // the last line of a struct is its newest size
      if (!promised.is_open(since)) released_[fact.key()] = fact;
    }
  }

  Comparison run() {
    minors();
    for (const auto& [since, fact] : promised_.lines) line(since, fact);
    for (const auto& s : found_.structs) {
      bounded(s);
      growth(s);
    }
    values();
    appended();
    return std::move(out_);
  }

 private:
  std::string minor(std::uint32_t n) const { return text(promised_.major) + "." + text(n); }

  std::string promise(std::uint32_t since) const {
    return promised_.is_open(since) ? " (" + minor(since) + ", which is open)"
                                    : " (promised by " + minor(since) + ")";
  }

  // A header may describe the newest minor of the table, or begin the next one.
  void minors() {
    if (found_.major != promised_.major) {
      out_.broken.push_back("TENON_ABI_MAJOR: wanted " + text(promised_.major) + ", found " +
                            text(found_.major));
    }
    if (promised_.minors.empty()) return;
    const auto& [last, released] = *promised_.minors.rbegin();
    const std::uint32_t most = released ? last + 1 : last;
    if (found_.minor < last || found_.minor > most) {
      out_.broken.push_back(
          "TENON_ABI_MINOR: wanted " + text(last) + (most > last ? " or " + text(most) : "") +
          ", found " + text(found_.minor) +
          (found_.minor > most && !released ? "; release " + minor(last) + " first" : ""));
    }
  }

  void line(std::uint32_t since, const Fact& fact) {
    auto& complaints = promised_.is_open(since) ? out_.changed : out_.broken;
    const std::string where = promise(since);
    const auto it = facts_.find(fact.key());
    if (it == facts_.end()) {
      complaints.push_back(fact.name + ": wanted the " + said(fact) + where + ", found none");
      return;
    }
    const Fact& now = it->second;
    if (now == fact) {
      ++out_.kept;
    } else if (fact.kind == "struct") {
      size(since, fact, now, complaints);
    } else {
      for (const auto& [key, value] : fact.says) {
        const auto same = [&, k = key](const auto& say) { return say.first == k; };
        const auto say = std::find_if(now.says.begin(), now.says.end(), same);
        if (say->second == value) continue;
        complaints.push_back(fact.name + ": wanted " + key + " " + value + where + ", found " +
                             say->second);
      }
    }
  }

  // A size of a struct that may grow is a least size; the newest one holds exactly, unless fields
  // were added, which is for growth() to judge.
  void size(std::uint32_t since, const Fact& fact, const Fact& now,
            std::vector<std::string>& complaints) {
    if (known_.at(fact.key()) != fact) {  // an older size; the newest has its own line
      ++out_.kept;
      return;
    }
    const auto wanted = std::stoull(fact.says[0].second), found = std::stoull(now.says[0].second);
    if (found > wanted && !promised_.is_open(since)) return;
    complaints.push_back("struct " + fact.name + ": wanted size " + text(wanted) + promise(since) +
                         ", found " + text(found));
  }

  void bounded(const Struct& s) {
    if (s.size <= kMaxStruct) return;
    out_.broken.push_back("struct " + s.name + ": wanted at most " + text(kMaxStruct) +
                          " bytes, found " + text(s.size));
  }

  // What is new in a struct that is released.
  void growth(const Struct& s) {
    const auto it = released_.find("struct " + s.name);
    if (it == released_.end()) return;
    const auto before = std::stoull(it->second.says[0].second);
    bool longer = false;
    for (const auto& field : s.fields) {
      const std::string name = s.name + "." + field.name;
      if (released_.contains("field " + name)) continue;
      longer = true;
      if (!s.may_grow()) {
        out_.broken.push_back(name + ": wanted no new field, because a struct without size is " +
                              "frozen, found one at offset " + text(field.offset));
      } else if (field.offset < before) {
        out_.broken.push_back(name + ": wanted a new field at the end, at offset " + text(before) +
                              " or more, found it at " + text(field.offset));
      }
    }
    if (s.size > before && !longer) {
      out_.broken.push_back("struct " + s.name + ": wanted size " + text(before) +
                            " as long as no field is added, found " + text(s.size));
    }
  }

  // Two names for one number would let the meaning of a number change.
  void values() {
    std::map<std::pair<std::string, std::int64_t>, std::string> taken;
    for (const auto& v : found_.values) {
      const auto [it, free] = taken.emplace(std::pair(v.of, v.value), v.name);
      if (free) continue;
      out_.broken.push_back(v.name + ": wanted a number of its own, found " +
                            std::to_string(v.value) + ", which is " + it->second);
    }
  }

  void appended() {
    const bool open = promised_.minors.empty() || promised_.is_open(found_.minor) ||
                      !promised_.minors.contains(found_.minor);
    for (const auto& fact : facts_of(found_)) {
      const auto it = known_.find(fact.key());
      const bool longer = it != known_.end() && fact.kind == "struct" && it->second != fact &&
                          released_.contains(fact.key());
      if (it != known_.end() && !longer) continue;
      if (!open) {
        out_.broken.push_back(fact.name + ": wanted nothing new in " + minor(found_.minor) +
                              ", which is released, found the " + said(fact) +
                              "; raise TENON_ABI_MINOR");
      } else {
        out_.appended.push_back(fact.name + ": the " + said(fact) + " is new in " +
                                minor(found_.minor));
      }
    }
  }

  static std::string said(const Fact& fact) {
    std::string words = fact.kind;
    for (const auto& [key, value] : fact.says) words += " of " + key + " " + value;
    return words;
  }

  const Table& promised_;
  const Layout& found_;
  Facts facts_, known_, released_;
  Comparison out_;
};

}  // namespace

Comparison compare(const Table& promised, const Layout& found) {
  return Judge(promised, found).run();
}

Table successor(const Table& promised, const Layout& found) {
  Table next;
  next.major = found.major;
  next.minors = promised.minors;
  next.minors.emplace(found.minor, false);
  for (const auto& fact : facts_of(found)) {
    bool said = false;
    for (const auto& line : promised.lines) {
      if (line.fact.key() != fact.key() || promised.is_open(line.since)) continue;
      next.lines.push_back(line);
      said = said || line.fact == fact;
    }
    if (!said) next.lines.push_back({found.minor, fact});
  }
  return next;
}

}  // namespace tenon::abi
