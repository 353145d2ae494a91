// Noting the bytes that unsynced writes replaced, and putting them back when the power is cut.
#include "backends/file_log/unsynced.hpp"

#ifdef TENON_FAIL_POINTS

#include <unistd.h>

#include <deque>
#include <mutex>
#include <string>

#include "base/fail_point.hpp"

namespace tenon {
namespace {

struct Note {
  int fd;
  std::uint64_t number, at;
  std::string before;
};

// A write or the end of a sync waits for it; so once the power is cut, nothing more comes to be on
// disk, and nobody is told that it did.
std::mutex mutex;
std::deque<Note> notes;
std::uint64_t numbers = 0;

void put_back() {
  mutex.lock();  // and never unlocked
  for (auto note = notes.rbegin(); note != notes.rend(); ++note) {
    (void)!::pwrite(note->fd, note->before.data(), note->before.size(),
                    static_cast<off_t>(note->at));
  }
}

}  // namespace

Unsynced::Write::Write(int fd, std::uint64_t at, std::size_t bytes) : noted_(fail::cuts()) {
  if (!noted_) return;
  mutex.lock();
  fail::on_cut(&put_back);
  Note note{fd, ++numbers, at, std::string(bytes, '\0')};
  const auto got = ::pread(fd, note.before.data(), bytes, static_cast<off_t>(at));
  // Behind the end of the file there was nothing; zeros come closest.
  note.before.resize(bytes);
  if (got < 0) note.before.assign(bytes, '\0');
  notes.push_back(std::move(note));
}

Unsynced::Write::~Write() {
  if (noted_) mutex.unlock();
}

Unsynced::Sync::Sync(int fd) : fd_(fd), before_(0) {
  if (!fail::cuts()) return;
  const std::lock_guard lock(mutex);
  before_ = numbers;
}

Unsynced::Sync::~Sync() {
  if (!fail::cuts()) return;
  const std::lock_guard lock(mutex);
  std::erase_if(notes, [&](const Note& note) { return note.fd == fd_ && note.number <= before_; });
}

}  // namespace tenon

#endif
