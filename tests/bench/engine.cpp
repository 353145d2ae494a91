// Many destinations at one sink: flows of events at a rate, and a backlog that is drained under a
// quota. Driven by ci/bench, which configures the host.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/event_body.hpp"
#include "bench/latencies.hpp"
#include "bench/process_use.hpp"
#include "bench/sockets.hpp"

namespace bench {
namespace {

constexpr std::size_t kReadBytes = 1 << 18;
constexpr double kWarmUp = 0.5, kPatience = 300;
constexpr std::size_t kLoadBatch = 100, kLoadConnections = 8, kFlowConnections = 64;

double rss_mb(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t total = 0, resident = 0;
  in >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

// Requests at the receiver, held against a quota: the most in any window that ends with one.
class Quota {
 public:
  void add(std::uint64_t ns) { times_.push_back(ns); }
  void clear() { times_.clear(); }
  std::size_t size() const { return times_.size(); }
  std::size_t most_in(std::uint64_t window_ns) const {
    std::size_t most = 0, first = 0;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      while (times_[i] - times_[first] >= window_ns) ++first;
      most = std::max(most, i - first + 1);
    }
    return most;
  }

 private:
  std::vector<std::uint64_t> times_;
};

struct Connection {
  Fd fd;
  bool is_sink = false, busy = false;
  std::string in;
  std::uint64_t batch = 0;
};

// Destination K of the host delivers to /in/K; /in/hang is never answered.
class Engine {
 public:
  Engine(std::size_t destinations, std::string authorization)
      : destinations_(destinations),
        one_(1, "/v1/track", authorization),
        many_(kLoadBatch, "/v1/batch", authorization),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        read_(kReadBytes) {
    listener_ = listen_on_loopback(sink_port_);
    watch(epoll_, listener_, nullptr);
  }
  std::uint16_t sink_port() const { return sink_port_; }
  void aim(std::uint16_t target, pid_t host) {
    target_ = target;
    host_ = host;
  }

  // Single events, `rate` a second (0: as fast as the window lets); each is to arrive at every
  // destination. `window`: events that have not arrived everywhere.
  nlohmann::json flow(double seconds, double rate, std::size_t window) {
    connect(kFlowConnections);
    rate_ = rate;
    window_ = window;
    batch_ = 1;
    last_ = ~std::uint64_t{0};
    pace_from_ = now_ns();
    paced_ = 0;
    turn_for(kWarmUp, [] { return false; });
    latencies_ = Latencies();
    const std::uint64_t began = now_ns(), arrived = arrived_, requests = requests_;
    const Use host = use_of(host_), own = use_of(::getpid()), workers = use_of_children(host_);
    turn_for(seconds, [] { return false; });
    const double took = static_cast<double>(now_ns() - began) / 1e9;
    const Use host_after = use_of(host_), workers_after = use_of_children(host_);
    const double deliveries = static_cast<double>(arrived_ - arrived);
    const std::uint64_t sink_requests = requests_ - requests;
    last_ = next_;
    turn_for(kPatience, [this] { return drained(); });
    return {{"events_per_s", deliveries / static_cast<double>(destinations_) / took},
            {"deliveries_per_s", deliveries / took},
            {"requests_per_s", static_cast<double>(sink_requests) / took},
            {"p50_ms", latencies_.ms(0.5)},
            {"p99_ms", latencies_.ms(0.99)},
            {"host_busy", (host_after.cpu_s - host.cpu_s) / took},
            {"workers_busy", (workers_after.cpu_s - workers.cpu_s) / took},
            {"load_busy", (use_of(::getpid()).cpu_s - own.cpu_s) / took},
            {"rss_host_mb", rss_mb(host_)},
            {"refused", refused_},
            {"repeats", repeats_},
            {"lost", missing()}};
  }

  // So many events in arrays, acknowledged; nothing is waited for at the sink.
  nlohmann::json load(std::uint64_t count) {
    connect(kLoadConnections);
    rate_ = 0;
    window_ = 0;
    batch_ = kLoadBatch;
    const double before = rss_mb(host_);
    const std::uint64_t began = now_ns();
    last_ = next_ + count;
    turn_for(kPatience, [this] { return acked_ + refused_ >= last_ && idle(); });
    const double took = static_cast<double>(now_ns() - began) / 1e9;
    // What follows the log gets some time to come to its end.
    turn_for(2, [] { return false; });
    const double after = rss_mb(host_);
    return {{"events", count},
            {"events_per_s", static_cast<double>(count) / took},
            {"rss_before_mb", before},
            {"rss_after_mb", after},
            {"mb_per_million_pending", (after - before) * 1e6 / static_cast<double>(count)},
            {"refused", refused_}};
  }

  // Until all that was loaded has arrived; how many requests came in any window of the quota.
  nlohmann::json drain(std::size_t limit, std::uint64_t window_ms) {
    quota_.clear();
    const std::uint64_t began = now_ns(), arrived = arrived_;
    turn_for(kPatience, [this] { return drained(); });
    const double took = static_cast<double>(now_ns() - began) / 1e9;
    const std::size_t most = quota_.most_in(window_ms * 1'000'000);
    return {{"events_per_s", static_cast<double>(arrived_ - arrived) / took},
            {"seconds", took},
            {"requests", quota_.size()},
            {"limit", limit},
            {"most_in_window", most},
            {"violations", most > limit ? most - limit : 0},
            {"used_percent",
             100.0 * static_cast<double>(quota_.size()) /
                 (static_cast<double>(limit) * took * 1e3 / static_cast<double>(window_ms))},
            {"rss_host_mb", rss_mb(host_)},
            {"repeats", repeats_},
            {"lost", missing()}};
  }

 private:
  void connect(std::size_t count) {
    connections_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      auto connection = std::make_unique<Connection>();
      connection->fd = connect_to_loopback(target_);
      watch(epoll_, connection->fd, connection.get());
      connections_.push_back(std::move(connection));
    }
  }
  bool idle() const {
    return std::none_of(connections_.begin(), connections_.end(),
                        [](const auto& one) { return one->busy; });
  }
  std::uint64_t missing() const {
    const std::uint64_t due = acked_ * destinations_;
    return due > arrived_ ? due - arrived_ : 0;
  }
  bool drained() const { return idle() && missing() == 0; }

  template <typename Done>
  void turn_for(double seconds, Done done) {
    const auto until = now_ns() + static_cast<std::uint64_t>(seconds * 1e9);
    epoll_event events[128];
    while (now_ns() < until && !done()) {
      send_due();
      const int n = ::epoll_wait(epoll_.get(), events, 128, rate_ > 0 ? 1 : 10);
      for (int i = 0; i < n; ++i) on_event(static_cast<Connection*>(events[i].data.ptr));
    }
  }

  bool may_send() const {
    if (next_ >= last_) return false;
    if (rate_ > 0) {
      const double due = static_cast<double>(now_ns() - pace_from_) / 1e9 * rate_;
      return static_cast<double>(paced_) < due;
    }
    return window_ == 0 || (next_ - refused_) * destinations_ < arrived_ + window_ * destinations_;
  }
  void send_due() {
    for (const auto& connection : connections_) {
      if (connection->busy) continue;
      if (!may_send()) return;
      EventRequest& request = batch_ == 1 ? one_ : many_;
      write_all(connection->fd, request.with(next_, now_ns()));
      connection->busy = true;
      connection->batch = batch_;
      next_ += batch_;
      paced_ += batch_;
    }
  }
  static void write_all(const Fd& fd, std::string_view text) {
    while (!text.empty()) {
      const auto n = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n < 0) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void on_event(Connection* connection) {
    if (connection != nullptr) return on_readable(*connection);
    auto accepted = std::make_unique<Connection>();
    accepted->fd = accept_from(listener_);
    if (accepted->fd.get() < 0) return;
    accepted->is_sink = true;
    watch(epoll_, accepted->fd, accepted.get());
    sinks_.push_back(std::move(accepted));
  }
  void on_readable(Connection& connection) {
    const auto n = ::recv(connection.fd.get(), read_.data(), read_.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      if (connection.busy) throw std::runtime_error("the host closed a connection");
      connection.fd = Fd();
      if (connection.is_sink) return;
      connection.fd = connect_to_loopback(target_);  // it had been idle for too long
      watch(epoll_, connection.fd, &connection);
      return;
    }
    connection.in.append(read_.data(), static_cast<std::size_t>(n));
    for (;;) {
      const MessageSize size = message_size(connection.in);
      if (size.head == 0 || connection.in.size() < size.total) return;
      const std::string_view message(connection.in.data(), size.total);
      if (connection.is_sink) {
        on_delivery(connection, message, message.substr(size.head));
      } else {
        connection.busy = false;
        (message.substr(9, 1) == "2" ? acked_ : refused_) += connection.batch;
      }
      connection.in.erase(0, size.total);
    }
  }

  void on_delivery(Connection& connection, std::string_view message, std::string_view body) {
    constexpr std::string_view kStart = "POST /in/";
    if (message.substr(kStart.size()).starts_with("hang ")) return;
    const std::uint64_t now = now_ns();
    quota_.add(now);
    ++requests_;
    const std::size_t to =
        std::strtoul(std::string(message.substr(kStart.size(), 8)).c_str(), nullptr, 10);
    find_marks(body, [&](const Mark& found) {
      const std::uint64_t place = found.number * destinations_ + to;
      if (seen_.size() <= place) seen_.resize(place + 65'536);
      if (seen_[place]) return ++repeats_;
      seen_[place] = true;
      latencies_.add(now - found.sent_ns);
      return ++arrived_;
    });
    write_all(connection.fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }

  const std::size_t destinations_;  // that answer
  EventRequest one_, many_;
  Fd epoll_, listener_;
  std::uint16_t sink_port_ = 0, target_ = 0;
  pid_t host_ = 0;
  std::vector<char> read_;
  std::vector<std::unique_ptr<Connection>> connections_, sinks_;
  double rate_ = 0;
  std::size_t window_ = 0;
  std::uint64_t batch_ = 1, next_ = 0, last_ = 0, pace_from_ = 0, paced_ = 0;
  std::uint64_t acked_ = 0, refused_ = 0, arrived_ = 0, repeats_ = 0, requests_ = 0;
  std::vector<bool> seen_;  // by event and destination
  Latencies latencies_;
  Quota quota_;
};

nlohmann::json obey(Engine& engine, const std::string& line) {
  std::istringstream in(line);
  std::string word;
  in >> word;
  if (word == "flow") {
    double seconds = 0, rate = 0;
    std::size_t window = 0;
    if (in >> seconds >> rate >> window) return engine.flow(seconds, rate, window);
  }
  if (word == "load") {
    std::uint64_t count = 0;
    if (in >> count) return engine.load(count);
  }
  if (word == "drain") {
    std::size_t limit = 0;
    std::uint64_t window_ms = 0;
    if (in >> limit >> window_ms) return engine.drain(limit, window_ms);
  }
  throw std::invalid_argument("no such command: " + line);
}

}  // namespace
}  // namespace bench

// bench_engine DESTINATIONS AUTHORIZATION: prints the sink's port, reads "TARGET_PORT HOST_PID",
// then a command a line (flow SECONDS RATE WINDOW, load COUNT, drain LIMIT WINDOW_MS), a report
// each.
int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_engine DESTINATIONS AUTHORIZATION\n");
    return 2;
  }
  try {
    bench::Engine engine(std::stoul(argv[1]), argv[2]);
    std::cout << engine.sink_port() << std::endl;
    std::uint16_t target = 0;
    pid_t host = 0;
    if (!(std::cin >> target >> host)) return 2;
    engine.aim(target, host);
    std::string line;
    std::getline(std::cin, line);
    while (std::getline(std::cin, line)) std::cout << bench::obey(engine, line).dump() << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_engine: %s\n", error.what());
    return 1;
  }
}
