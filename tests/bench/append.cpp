// The floor of durability: one thread appends so many bytes per commit and waits for fdatasync.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/event_body.hpp"
#include "bench/latencies.hpp"
#include "bench/process_use.hpp"

namespace {

int failed(const char* what) {
  std::perror(what);
  return 1;
}

}  // namespace

// bench_append FILE EVENTS_PER_COMMIT SECONDS: the file is removed again.
int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_append FILE EVENTS_PER_COMMIT SECONDS\n");
    return 2;
  }
  const std::size_t batch = std::strtoul(argv[2], nullptr, 10);
  const std::string bytes(batch * bench::kEventBytes, 'x');
  const int file = ::open(argv[1], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return failed(argv[1]);
  ::unlink(argv[1]);
  bench::Latencies commits;
  const auto begin = bench::now_ns();
  const auto end = begin + static_cast<std::uint64_t>(std::strtod(argv[3], nullptr) * 1e9);
  const double cpu = bench::use_of(::getpid()).cpu_s;
  std::uint64_t last = begin;
  while (last < end) {
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      return failed("write");
    }
    if (::fdatasync(file) != 0) return failed("fdatasync");
    const auto now = bench::now_ns();
    commits.add(now - last);
    last = now;
  }
  const double events = static_cast<double>(commits.size() * batch);
  const double used = bench::use_of(::getpid()).cpu_s - cpu;
  ::close(file);
  std::cout << nlohmann::json{{"events_per_s", events * 1e9 / static_cast<double>(last - begin)},
                              {"ack_p50_ms", commits.ms(0.5)},
                              {"ack_p99_ms", commits.ms(0.99)},
                              {"cpu_host", used / (events / 1'000)},
                              {"valid", true}}
            << std::endl;
}
