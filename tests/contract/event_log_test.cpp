// The EventLog contract on memory, on files of the machine, and on the simulated disk.
#include "backends/file_log/file_log.hpp"
#include "backends/file_log/sim_disk.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/seeded_random.hpp"
#include "tests/contract/event_log_contract.hpp"
#include "tests/contract/state_store_folder.hpp"

namespace tenon {
namespace {
namespace asio = boost::asio;

struct MemoryBackend {
  MemoryBackend(asio::io_context& context, Clock& clock)
      : log_(context.get_executor(), LogId{77}, clock) {}
  EventLog& log() { return log_; }
  bool reopen() { return false; }
  std::size_t largest_body() const { return kMaxRecordBytes; }
  MemoryEventLog log_;
};

// Small chunks, so that the suite crosses many.
FileLogOptions small_options() {
  FileLogOptions options;
  options.chunk = 16_KiB;
  options.first_step = 4_KiB;
  options.step = 8_KiB;
  options.reserve = 64_KiB;
  return options;
}

struct FileBackend {
  FileBackend(asio::io_context& c, Clock& k, Disk& d, std::string p, FileLogOptions o)
      : context(c), clock(k), disk(d), path(std::move(p)), options(std::move(o)) {
    open();
  }
  void open() {
    auto opened = FileLog::open(context.get_executor(), disk, clock, random, path, options);
    if (!opened) throw std::runtime_error(opened.error().text());
    file_log = std::move(*opened);
  }
  EventLog& log() { return *file_log; }
  bool reopen() {
    file_log.reset();
    open();
    return true;
  }
  std::size_t largest_body() const { return options.chunk.count - 64 - 160 - 8; }

  asio::io_context& context;
  Clock& clock;
  Disk& disk;
  SeededRandom random{1};
  std::string path;
  FileLogOptions options;
  std::unique_ptr<FileLog> file_log;
};

// First, so that it outlives the log on it.
template <typename DiskType>
struct HeldDisk {
  DiskType disk;
};

struct SystemDiskBackend : TemporaryFolder, HeldDisk<SystemDisk>, FileBackend {
  SystemDiskBackend(asio::io_context& c, Clock& k)
      : FileBackend(c, k, HeldDisk<SystemDisk>::disk, TemporaryFolder::path + "/log",
                    small_options()) {}
};

FileLogOptions inline_options() {
  auto options = small_options();
  options.threaded = false;
  return options;
}

struct SimDiskBackend : HeldDisk<SimDisk>, FileBackend {
  SimDiskBackend(asio::io_context& c, Clock& k)
      : FileBackend(c, k, HeldDisk<SimDisk>::disk, "log", inline_options()) {}
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, EventLogContract, MemoryBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(FileLogOnSystemDisk, EventLogContract, SystemDiskBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(FileLogOnSimDisk, EventLogContract, SimDiskBackend);

}  // namespace
}  // namespace tenon
