// Files as bytes now, bytes on disk, and the writes between the two.
#include "backends/file_log/sim_disk.hpp"

#include <algorithm>
#include <cstring>

namespace tenon {
namespace {

constexpr std::uint64_t kSector = 512;

// Splitmix, private to a crash.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % n;
  }

 private:
  std::uint64_t state_;
};

struct Write {
  std::uint64_t at = 0;
  std::string bytes;
  std::optional<std::uint64_t> cut_to;  // a truncation instead
};

}  // namespace

struct SimDisk::Inode {
  std::string now, durable;
  std::vector<Write> unsynced;

  void sync() {
    for (const auto& write : unsynced) apply(durable, write);
    unsynced.clear();
  }
  static void apply(std::string& to, const Write& write) {
    if (write.cut_to) {
      to.resize(*write.cut_to);
      return;
    }
    if (to.size() < write.at + write.bytes.size()) to.resize(write.at + write.bytes.size());
    std::memcpy(to.data() + write.at, write.bytes.data(), write.bytes.size());
  }
  // Each sector stops at a moment of its own; so does the size.
  void crash(Dice& dice) {
    std::map<std::uint64_t, std::vector<const Write*>> sectors;
    std::vector<std::uint64_t> sizes{durable.size()};
    for (const auto& write : unsynced) {
      sizes.push_back(write.cut_to ? *write.cut_to
                                   : std::max(sizes.back(), write.at + write.bytes.size()));
      if (write.cut_to) continue;
      const auto last = (write.at + write.bytes.size() - 1) / kSector;
      for (auto sector = write.at / kSector; sector <= last; ++sector) {
        sectors[sector].push_back(&write);
      }
    }
    const std::uint64_t size = sizes[dice.below(sizes.size())];
    std::string out = durable;
    out.resize(std::max<std::uint64_t>(size, out.size()));
    // Some crashes lose nearly all, some nearly nothing: tails of every kind.
    const std::uint64_t mood = dice.below(3);
    for (const auto& [sector, writes] : sectors) {
      auto kept = dice.below(writes.size() + 1);
      if (mood == 1 && dice.below(4) != 0) kept = 0;
      if (mood == 2 && dice.below(4) != 0) kept = writes.size();
      for (std::size_t i = 0; i < kept; ++i) {
        const Write& write = *writes[i];
        const auto from = std::max(write.at, sector * kSector);
        const auto to = std::min({write.at + write.bytes.size(), (sector + 1) * kSector,
                                  static_cast<std::uint64_t>(out.size())});
        if (from < to)
          std::memcpy(out.data() + from, write.bytes.data() + (from - write.at), to - from);
      }
    }
    out.resize(size);
    durable = now = std::move(out);
    unsynced.clear();
  }
};

struct SimDisk::World {
  using Node = std::shared_ptr<Inode>;  // null = a directory; shared by name and open files
  using Names = std::map<std::string, Node>;
  struct NameChange {
    std::string path;
    std::optional<Node> node;  // nothing = removed
    bool with_next = false;    // a rename is two changes that happen together
  };

  Names now, durable;
  std::map<std::string, std::vector<NameChange>> unsynced;  // by directory
  std::set<std::string> locks;
  std::uint64_t life = 0;  // counts crashes
  std::uint64_t operations = 0, file_syncs = 0;
  std::map<std::uint64_t, DiskFault> faults;
  bool dark = false;
  std::optional<Bytes> capacity;

  static Error no_power() { return unavailable("the power is off"); }
  static Error no_space() { return limited("no space left on the simulated disk", seconds{1}); }
  // Counts an operation that changes something and says what befalls it.
  Result<bool> begin() {
    if (dark) return no_power();
    const auto found = faults.find(++operations);
    if (found == faults.end()) return false;
    switch (found->second) {
      case DiskFault::error:
      case DiskFault::sync_forgets: return unavailable("simulated I/O error");
      case DiskFault::no_space: return no_space();
      case DiskFault::short_write: return true;
      case DiskFault::power_cut: dark = true;
    }
    return no_power();
  }
  std::optional<DiskFault> next_fault() const {
    const auto found = faults.find(operations + 1);
    if (found == faults.end()) return std::nullopt;
    return found->second;
  }
  void change(NameChange change) {
    apply(now, change);
    unsynced[parent_of(change.path)].push_back(std::move(change));
  }
  static void apply(Names& names, const NameChange& change) {
    if (change.node) {
      names[change.path] = *change.node;
    } else {
      names.erase(change.path);
    }
  }
  std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const auto& [path, node] : now) sum += node ? node->now.size() : 0;
    return sum;
  }
  bool has_directory(const std::string& path) const {
    if (path == ".") return true;
    const auto found = now.find(path);
    return found != now.end() && !found->second;
  }
};

class SimDisk::File final : public DiskFile {
 public:
  File(std::shared_ptr<World> world, std::shared_ptr<Inode> inode)
      : world_(std::move(world)), inode_(std::move(inode)), life_(world_->life) {}

  Result<std::size_t> write(std::uint64_t at, std::string_view bytes) override {
    if (life_ != world_->life) return World::no_power();
    const bool was_dark = world_->dark;
    const auto fault = world_->begin();
    if (!fault) {
      // A write that the power cut meets may still have reached the disk in part.
      if (world_->dark && !was_dark) keep(at, bytes);
      return Error(fault.error());
    }
    if (*fault) bytes = bytes.substr(0, 1);
    if (world_->capacity) {
      const std::uint64_t end = at + bytes.size(), size = inode_->now.size();
      const std::uint64_t used = world_->used(), most = world_->capacity->count;
      const std::uint64_t left = used < most ? most - used : 0;
      if (end > size && end - size > left) {
        if (at >= size + left) return World::no_space();
        bytes = bytes.substr(0, size + left - at);  // as much as goes in
      }
    }
    keep(at, bytes);
    return bytes.size();
  }
  Result<std::size_t> read(std::uint64_t at, char* out, std::size_t size) override {
    if (life_ != world_->life || world_->dark) return World::no_power();
    if (at >= inode_->now.size()) return std::size_t{0};
    const auto n = std::min<std::uint64_t>(size, inode_->now.size() - at);
    std::memcpy(out, inode_->now.data() + at, n);
    return static_cast<std::size_t>(n);
  }
  Result<std::uint64_t> size() override {
    if (life_ != world_->life || world_->dark) return World::no_power();
    return static_cast<std::uint64_t>(inode_->now.size());
  }
  Result<void> truncate(std::uint64_t size) override {
    if (life_ != world_->life) return World::no_power();
    TENON_TRY(world_->begin());
    Write write;
    write.cut_to = size;
    Inode::apply(inode_->now, write);
    inode_->unsynced.push_back(std::move(write));
    return {};
  }
  Result<void> sync() override {
    if (life_ != world_->life) return World::no_power();
    ++world_->file_syncs;
    const bool forgets = world_->next_fault() == DiskFault::sync_forgets;
    const auto begun = world_->begin();
    if (!begun) {
      if (forgets) inode_->unsynced.clear();  // still readable until the crash
      return Error(begun.error());
    }
    inode_->sync();
    return {};
  }

 private:
  void keep(std::uint64_t at, std::string_view bytes) {
    Write write;
    write.at = at;
    write.bytes = std::string(bytes);
    Inode::apply(inode_->now, write);
    inode_->unsynced.push_back(std::move(write));
  }
  std::shared_ptr<World> world_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t life_;
};

class SimDisk::Lock final : public DiskLock {
 public:
  Lock(std::shared_ptr<World> world, std::string path)
      : world_(std::move(world)), path_(std::move(path)), life_(world_->life) {}
  ~Lock() override {
    if (life_ == world_->life) world_->locks.erase(path_);
  }

 private:
  std::shared_ptr<World> world_;
  std::string path_;
  std::uint64_t life_;
};

SimDisk::SimDisk() : world_(std::make_shared<World>()) {}
SimDisk::~SimDisk() = default;

Result<std::unique_ptr<DiskFile>> SimDisk::open(const std::string& path, DiskOpen how) {
  World& w = *world_;
  if (w.dark) return World::no_power();
  const auto found = w.now.find(path);
  const bool exists = found != w.now.end() && found->second;
  if (how == DiskOpen::existing) {
    if (!exists) return not_found("no such file", path);
    return std::unique_ptr<DiskFile>(std::make_unique<File>(world_, found->second));
  }
  if (!w.has_directory(parent_of(path))) return not_found("no such folder", path);
  TENON_TRY(w.begin());
  World::NameChange made;
  made.path = path;
  made.node = std::make_shared<Inode>();
  auto file = std::make_unique<File>(world_, *made.node);
  w.change(std::move(made));
  return std::unique_ptr<DiskFile>(std::move(file));
}

Result<std::vector<std::string>> SimDisk::list(const std::string& directory) {
  if (world_->dark) return World::no_power();
  if (!world_->has_directory(directory)) return not_found("no such folder", directory);
  std::vector<std::string> names;
  for (const auto& [path, node] : world_->now) {
    if (parent_of(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

Result<void> SimDisk::make_directory(const std::string& path) {
  if (world_->has_directory(path)) return {};
  if (!world_->has_directory(parent_of(path))) return not_found("no such folder", path);
  TENON_TRY(world_->begin());
  World::NameChange made;
  made.path = path;
  made.node.emplace();  // null: a directory
  world_->change(std::move(made));
  return {};
}

Result<void> SimDisk::let_read(const std::string& path) {
  if (world_->dark) return World::no_power();
  if (world_->has_directory(path) || world_->now.count(path) > 0) return {};
  return not_found("no such file", path);
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
  TENON_TRY(world_->begin());
  const auto found = world_->now.find(from);
  if (found == world_->now.end()) return not_found("no such file", from);
  World::NameChange made, gone;
  made.path = to;
  made.node = found->second;
  made.with_next = true;
  gone.path = from;
  world_->change(std::move(made));
  world_->change(std::move(gone));
  return {};
}

Result<void> SimDisk::remove(const std::string& path) {
  TENON_TRY(world_->begin());
  if (world_->now.find(path) == world_->now.end()) return not_found("no such file", path);
  World::NameChange gone;
  gone.path = path;
  world_->change(std::move(gone));
  return {};
}

Result<void> SimDisk::sync_directory(const std::string& path) {
  TENON_TRY(world_->begin());
  if (!world_->has_directory(path)) return not_found("no such folder", path);
  for (const auto& change : world_->unsynced[path]) World::apply(world_->durable, change);
  world_->unsynced.erase(path);
  return {};
}

Result<std::unique_ptr<DiskLock>> SimDisk::lock(const std::string& path) {
  if (world_->dark) return World::no_power();
  if (!world_->locks.insert(path).second) return conflict("locked", path);
  return std::unique_ptr<DiskLock>(std::make_unique<Lock>(world_, path));
}

void SimDisk::cut_power() { world_->dark = true; }

void SimDisk::crash(std::uint64_t seed) {
  World& w = *world_;
  Dice dice(seed);
  for (const auto& [directory, changes] : w.unsynced) {
    auto kept = dice.below(changes.size() + 1);
    if (kept > 0 && changes[kept - 1].with_next) ++kept;
    for (std::size_t i = 0; i < kept; ++i) World::apply(w.durable, changes[i]);
  }
  // What lay in a folder that never was is gone with it.
  for (auto it = w.durable.begin(); it != w.durable.end();) {
    const std::string parent = parent_of(it->first);
    it = parent == "." || w.durable.count(parent) != 0 ? std::next(it) : w.durable.erase(it);
  }
  w.unsynced.clear();
  w.now = w.durable;
  for (auto& [path, node] : w.now) {
    if (node) node->crash(dice);
  }
  w.locks.clear();
  w.faults.clear();
  w.dark = false;
  ++w.life;
}

void SimDisk::fail_at(std::uint64_t at, DiskFault fault) {
  world_->faults[world_->operations + at] = fault;
}
void SimDisk::set_capacity(std::optional<Bytes> capacity) { world_->capacity = capacity; }
std::uint64_t SimDisk::operations() const { return world_->operations; }
std::uint64_t SimDisk::file_syncs() const { return world_->file_syncs; }
Bytes SimDisk::used() const { return Bytes{world_->used()}; }

void SimDisk::flip_bit(const std::string& path, std::uint64_t position, unsigned bit) {
  Inode& inode = *world_->now.at(path);
  inode.sync();
  inode.now.at(position) ^= static_cast<char>(1u << bit);
  inode.durable = inode.now;
}

}  // namespace tenon
