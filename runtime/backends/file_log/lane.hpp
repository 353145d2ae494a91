// Lane: what a FileLog knows about one partition. Private to this folder.
#pragma once

#include <map>

#include "backends/file_log/file_log.hpp"
#include "backends/file_log/frame.hpp"

namespace tenon {

struct FileLog::Lane {
  Lane(const boost::asio::any_io_executor& executor, std::uint16_t n, std::string dir)
      : number(n), directory(std::move(dir)), grown(executor) {}

  std::uint16_t number;
  std::string directory;
  std::deque<Offset> chunks;  // bases, ascending, never empty once open; the last is being written
  std::map<Offset, Offset> ends;  // of chunks that end before the next one begins
  std::unique_ptr<DiskFile> writer;
  std::uint64_t room = 0;  // position up to which the writer's file holds zeros to overwrite
  Offset placed;           // where the next record goes
  Offset pending_at;       // where `pending` begins; equal to `placed` when that is empty
  std::string pending, spare;
  Offset durable;
  Time last_appended{};
  // Wanted by the record at the head of the queue, as a position in the file; 0 = nothing.
  std::uint64_t need = 0;
  bool need_essential = false;
  bool rolling = false;              // a new chunk is being made: nothing may be placed
  std::unique_ptr<DiskFile> reader;  // of an older chunk
  Offset reader_base;
  Signal grown;

  Offset base() const { return chunks.back(); }
  std::uint64_t position(Offset at) const { return at.value - base().value; }
};

struct FileLog::Request {
  std::vector<NewRecord> records;
  AppendClass cls = AppendClass::event;
  std::size_t next = 0;  // first record not placed
  std::size_t bytes = 0;
  std::vector<Offset> offsets;
  std::uint64_t group = 0;  // that makes it durable; 0 = not wholly placed
  bool done = false;
  std::optional<Error> error;
};

// What was read last, for reading on.
struct FileLog::Block {
  std::uint16_t lane = kPartitions;
  Offset at;
  std::string bytes;
  std::size_t size = 0;
};

}  // namespace tenon
