// ObjectStore: what a vendor keeps, by its natural key and by an id of the vendor's own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tenon::testkit {

// T has a member `std::string id`. Copying copies all: a model with one can be cloned.
template <typename T>
class ObjectStore {
 public:
  explicit ObjectStore(std::string prefix = {}, std::uint64_t first = 1)
      : prefix_(std::move(prefix)), next_(first) {}

  const std::map<std::string, T>& all() const { return objects_; }
  std::size_t size() const { return objects_.size(); }

  // Null: it is not there. Valid until it is erased.
  T* find(const std::string& key) {
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : &found->second;
  }
  // The key of the object with that id; "" if there is none.
  std::string key_of(const std::string& id) const {
    const auto found = keys_.find(id);
    return found == keys_.end() ? std::string() : found->second;
  }

  // The object under the key; a new one has the next id, and `created` tells.
  T& at_or_new(const std::string& key, bool& created) {
    const auto [place, fresh] = objects_.try_emplace(key);
    created = fresh;
    if (fresh) {
      place->second.id = prefix_ + std::to_string(next_++);
      keys_[place->second.id] = key;
    }
    return place->second;
  }
  bool erase(const std::string& key) {
    const auto found = objects_.find(key);
    if (found == objects_.end()) return false;
    keys_.erase(found->second.id);
    objects_.erase(found);
    return true;
  }

  // A page in the order of the keys, and the cursor of the next one; "" if this is the last. The
  // cursor is the last key of the page before, so what is written meanwhile moves no page. First
  // page: cursor "".
  struct Page {
    std::vector<const T*> objects;
    std::string next;
  };
  Page page(const std::string& cursor, std::size_t limit) const {
    Page out;
    auto at = cursor.empty() ? objects_.begin() : objects_.upper_bound(cursor);
    std::string last;
    for (; at != objects_.end() && out.objects.size() < limit; ++at) {
      out.objects.push_back(&at->second);
      last = at->first;
    }
    if (at != objects_.end()) out.next = last;
    return out;
  }

 private:
  std::string prefix_;
  std::uint64_t next_;
  std::map<std::string, T> objects_;         // by key
  std::map<std::string, std::string> keys_;  // by id
};

}  // namespace tenon::testkit
