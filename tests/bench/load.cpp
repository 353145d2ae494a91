// Generator and sink on one core: sends events over HTTP, takes what is delivered, and says what it
// cost, how long it took and whether anything was lost. Driven by ci/bench.
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
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
constexpr double kBusiest = 0.85;  // of its core; beyond, this side is what is measured

struct Options {
  bool sink = false;
  std::size_t batch = 1, connections = 64, window = 0;  // window: events not yet at the sink
  double seconds = 3, warm_up = 0.5, drain = 30;
  std::string path = "/v1/track", authorization = "-";
};

double own_cpu() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(use.ru_utime) + of(use.ru_stime);
}

// What has been counted up to a moment.
struct Moment {
  std::uint64_t ns = 0, acked = 0, arrived = 0, requests = 0;
  double own = 0;
  Use host, workers;
};

struct Connection {
  Fd fd;
  bool is_sink = false, busy = false;
  std::string in;
  std::uint64_t first = 0, sent_ns = 0;
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        request_(options.batch, options.path, options.authorization),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        read_(kReadBytes) {
    if (!options_.sink) return;
    listener_ = listen_on_loopback(sink_port_);
    watch(epoll_, listener_, nullptr);
  }
  std::uint16_t sink_port() const { return sink_port_; }

  // Runs to its end and gives the report.
  nlohmann::json run(std::uint16_t target, pid_t host) {
    host_ = host;
    for (std::size_t i = 0; i < options_.connections; ++i) {
      auto connection = std::make_unique<Connection>();
      connection->fd = connect_to_loopback(target);
      watch(epoll_, connection->fd, connection.get());
      connections_.push_back(std::move(connection));
    }
    sending_ = true;
    turn_until(now_ns() + static_cast<std::uint64_t>(options_.warm_up * 1e9), false);
    const Moment begin = moment();
    acks_ = latencies_ = Latencies();
    turn_until(now_ns() + static_cast<std::uint64_t>(options_.seconds * 1e9), false);
    const Moment end = moment();
    sending_ = false;
    turn_until(now_ns() + static_cast<std::uint64_t>(options_.drain * 1e9), true);
    return report(begin, end);
  }

 private:
  Moment moment() const {
    Moment m;
    m.ns = now_ns();
    m.acked = acked_;
    m.arrived = arrived_;
    m.requests = sink_requests_;
    m.own = own_cpu();
    if (host_ > 0) {
      m.host = use_of(host_);
      m.workers = use_of_children(host_);
    }
    return m;
  }

  bool drained() const {
    for (const auto& connection : connections_) {
      if (connection->busy) return false;
    }
    return !options_.sink || acked_not_arrived_ == 0;
  }

  void turn_until(std::uint64_t until_ns, bool stop_when_drained) {
    epoll_event events[128];
    while (now_ns() < until_ns && !(stop_when_drained && drained())) {
      if (sending_) send_all_idle();
      const int n = ::epoll_wait(epoll_.get(), events, 128, 10);
      for (int i = 0; i < n; ++i) on_event(static_cast<Connection*>(events[i].data.ptr));
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

  bool window_open() const {
    return options_.window == 0 || next_ - arrived_ < options_.window + refused_;
  }
  void send_all_idle() {
    for (const auto& connection : connections_) {
      if (!connection->busy && window_open()) send_next(*connection);
    }
  }

  void send_next(Connection& connection) {
    connection.first = next_;
    next_ += options_.batch;
    connection.sent_ns = now_ns();
    write_all(connection.fd, request_.with(connection.first, connection.sent_ns));
    connection.busy = true;
  }

  void write_all(const Fd& fd, std::string_view text) {
    while (!text.empty()) {
      const auto n = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n < 0) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void on_readable(Connection& connection) {
    const auto n = ::recv(connection.fd.get(), read_.data(), read_.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      if (!connection.is_sink) throw std::runtime_error("the host closed a connection");
      connection.fd = Fd();
      return;
    }
    connection.in.append(read_.data(), static_cast<std::size_t>(n));
    for (;;) {
      const MessageSize size = message_size(connection.in);
      if (size.head == 0 || connection.in.size() < size.total) return;
      const std::string_view message(connection.in.data(), size.total);
      if (connection.is_sink) {
        on_delivery(connection, message.substr(size.head));
      } else {
        on_answer(connection, message);
      }
      connection.in.erase(0, size.total);
    }
  }

  void on_answer(Connection& connection, std::string_view message) {
    connection.busy = false;
    acks_.add(now_ns() - connection.sent_ns);
    if (message.substr(9, 1) == "2") {
      for (std::size_t i = 0; i < options_.batch; ++i) mark(connection.first + i, kAcked);
      acked_ += options_.batch;
    } else {
      refused_ += options_.batch;
      if (first_refusal_.empty()) first_refusal_ = std::string(message.substr(0, 300));
    }
    if (sending_ && window_open()) send_next(connection);
  }

  void on_delivery(Connection& connection, std::string_view body) {
    ++sink_requests_;
    const std::uint64_t now = now_ns();
    find_marks(body, [&](const Mark& found) {
      if (found.number >= next_) return ++strange_;
      if ((seen_.size() > found.number ? seen_[found.number] & kArrived : 0) != 0) {
        return ++repeats_;
      }
      mark(found.number, kArrived);
      latencies_.add(now - found.sent_ns);
      return ++arrived_;
    });
    write_all(connection.fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }

  static constexpr std::uint8_t kAcked = 1, kArrived = 2;
  void mark(std::uint64_t number, std::uint8_t what) {
    if (seen_.size() <= number) seen_.resize(number + 65'536);
    const std::uint8_t before = seen_[number];
    seen_[number] = before | what;
    if (what == kAcked && (before & kArrived) == 0) ++acked_not_arrived_;
    if (what == kArrived && (before & kAcked) != 0) --acked_not_arrived_;
  }

  nlohmann::json report(const Moment& begin, const Moment& end) {
    const double seconds = static_cast<double>(end.ns - begin.ns) / 1e9;
    const auto events = options_.sink ? end.arrived - begin.arrived : end.acked - begin.acked;
    const double thousands = static_cast<double>(events) / 1'000;
    const auto per_thousand = [&](double cpu) { return thousands > 0 ? cpu / thousands : 0; };
    const double busy = (end.own - begin.own) / seconds;
    const Use host = host_ > 0 ? use_of(host_) : Use(), workers = use_of_children(host_);
    nlohmann::json out{{"events", events},
                       {"events_per_s", static_cast<double>(events) / seconds},
                       {"ack_p50_ms", acks_.ms(0.5)},
                       {"ack_p99_ms", acks_.ms(0.99)},
                       {"cpu_host", per_thousand(end.host.cpu_s - begin.host.cpu_s)},
                       {"cpu_workers", per_thousand(end.workers.cpu_s - begin.workers.cpu_s)},
                       {"cpu_load", per_thousand(end.own - begin.own)},
                       {"host_busy", (end.host.cpu_s - begin.host.cpu_s) / seconds},
                       {"load_busy", busy},
                       {"valid", busy <= kBusiest},
                       {"rss_host_mb", host.peak_mb},
                       {"rss_workers_mb", workers.peak_mb},
                       {"acked", acked_},
                       {"refused", refused_},
                       {"first_refusal", first_refusal_}};
    if (options_.sink) {
      out["sink_p50_ms"] = latencies_.ms(0.5);
      out["sink_p99_ms"] = latencies_.ms(0.99);
      out["sink_requests"] = end.requests - begin.requests;
      out["arrived"] = arrived_;
      out["repeats"] = repeats_;
      out["strange"] = strange_;
      out["lost"] = acked_not_arrived_;
    }
    return out;
  }

  const Options options_;
  EventRequest request_;
  Fd epoll_, listener_;
  std::uint16_t sink_port_ = 0;
  pid_t host_ = 0;
  std::vector<char> read_;
  std::vector<std::unique_ptr<Connection>> connections_, sinks_;
  bool sending_ = false;
  std::uint64_t next_ = 0, acked_ = 0, refused_ = 0, arrived_ = 0, repeats_ = 0, strange_ = 0;
  std::uint64_t sink_requests_ = 0, acked_not_arrived_ = 0;
  std::string first_refusal_;
  std::vector<std::uint8_t> seen_;
  Latencies acks_, latencies_;
};

Options options_of(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--sink") {
      options.sink = true;
      continue;
    }
    if (i + 1 == argc) throw std::invalid_argument(name + ": wanted a value");
    const std::string value = argv[++i];
    if (name == "--batch")
      options.batch = std::stoul(value);
    else if (name == "--connections")
      options.connections = std::stoul(value);
    else if (name == "--window")
      options.window = std::stoul(value);
    else if (name == "--seconds")
      options.seconds = std::stod(value);
    else if (name == "--warm-up")
      options.warm_up = std::stod(value);
    else if (name == "--drain")
      options.drain = std::stod(value);
    else if (name == "--path")
      options.path = value;
    else if (name == "--authorization")
      options.authorization = value;
    else
      throw std::invalid_argument(name + ": no such option");
  }
  return options;
}

}  // namespace
}  // namespace bench

// Prints the sink's port, reads "TARGET_PORT HOST_PID", runs, prints the report.
int main(int argc, char** argv) {
  try {
    bench::Load load(bench::options_of(argc, argv));
    std::cout << load.sink_port() << std::endl;
    std::uint16_t target = 0;
    pid_t host = 0;
    if (!(std::cin >> target >> host)) return 2;
    std::cout << load.run(target, host).dump() << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_load: %s\n", error.what());
    return 1;
  }
}
