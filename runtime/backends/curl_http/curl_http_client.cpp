// The loop: libcurl's sockets and timer on Asio, and transfers as Tasks.
#include "backends/curl_http/curl_http_client.hpp"

#include <curl/curl.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <optional>
#include <vector>

#include "backends/curl_http/transfer.hpp"
#include "base/assert.hpp"

namespace tenon {
namespace asio = boost::asio;

namespace {
constexpr std::size_t kMaxSpareHandles = 64;
}

// libcurl's callbacks only note what is wanted; nothing is added or removed inside of them.
class CurlHttpClient::Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(asio::any_io_executor executor, CurlOptions options)
      : executor_(std::move(executor)), options_(options), timer_(executor_) {
    TENON_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    multi_ = curl_multi_init();
    TENON_ASSERT(multi_ != nullptr);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, options_.max_connections);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, options_.max_connections_per_host);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, options_.max_connections);
  }
  ~Loop() {
    for (CURL* easy : spare_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
    sockets_.clear();
    curl_global_cleanup();
  }

  bool start(Transfer& transfer) {
    const bool added = curl_multi_add_handle(multi_, transfer.easy()) == CURLM_OK;
    running_ += added ? 1 : 0;
    return added;
  }
  // Whatever state it is in; afterwards no callback knows it.
  void end(CURL* easy, bool started) {
    if (started) {
      curl_multi_remove_handle(multi_, easy);
      --running_;
    }
    if (spare_.size() < kMaxSpareHandles) {
      curl_easy_reset(easy);
      spare_.push_back(easy);
    } else {
      curl_easy_cleanup(easy);
    }
  }
  CURL* handle() {
    if (spare_.empty()) return curl_easy_init();
    CURL* easy = spare_.back();
    spare_.pop_back();
    return easy;
  }
  const CurlOptions& options() const { return options_; }
  const asio::any_io_executor& executor() const { return executor_; }
  std::size_t running() const { return running_; }

 private:
  struct Socket {
    Socket(const asio::any_io_executor& executor, curl_socket_t fd) : descriptor(executor, fd) {}
    // The descriptor belongs to libcurl.
    ~Socket() {
      if (descriptor.is_open()) descriptor.release();
    }
    asio::posix::stream_descriptor descriptor;
    int wanted = 0;
    bool reading = false, writing = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* data, void*) {
    auto* self = static_cast<Loop*>(data);
    if (what == CURL_POLL_REMOVE) {
      const auto it = self->sockets_.find(fd);
      if (it == self->sockets_.end()) return 0;
      // Now, though a handler may still hold it: libcurl may use the number again at once.
      it->second->descriptor.release();
      self->sockets_.erase(it);
      return 0;
    }
    auto& socket = self->sockets_[fd];
    if (!socket) socket = std::make_shared<Socket>(self->executor_, fd);
    socket->wanted = what;
    self->watch(fd, socket);
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* data) {
    static_cast<Loop*>(data)->wake_in(timeout_ms);
    return 0;
  }

  // libcurl says this several times per transfer, mostly "now" or "later than before". Setting a
  // timer is a system call, so "now" is posted, and a timer that fires earlier is left to fire.
  void wake_in(long timeout_ms) {
    due_.reset();
    if (timeout_ms < 0) {
      timer_.cancel();
      armed_.reset();
    } else if (timeout_ms == 0) {
      wake_now();
    } else {
      due_ = asio::steady_timer::clock_type::now() + milliseconds(timeout_ms);
      if (!armed_ || *due_ < *armed_) arm();
    }
  }

  void wake_now() {
    if (posted_) return;
    posted_ = true;
    asio::post(executor_, [weak = weak_from_this()] {
      const auto loop = weak.lock();
      if (!loop) return;
      loop->posted_ = false;
      loop->act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  void arm() {
    armed_ = due_;
    timer_.expires_at(*armed_);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto loop = weak.lock();
      if (error || !loop) return;
      loop->armed_.reset();
      if (!loop->due_) return;
      if (*loop->due_ > asio::steady_timer::clock_type::now()) return loop->arm();
      loop->due_.reset();
      loop->act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  void watch(curl_socket_t fd, const std::shared_ptr<Socket>& socket) {
    using Wait = asio::posix::stream_descriptor;
    if ((socket->wanted & CURL_POLL_IN) != 0 && !socket->reading) {
      socket->reading = true;
      wait(fd, socket, Wait::wait_read, CURL_CSELECT_IN);
    }
    if ((socket->wanted & CURL_POLL_OUT) != 0 && !socket->writing) {
      socket->writing = true;
      wait(fd, socket, Wait::wait_write, CURL_CSELECT_OUT);
    }
  }

  // shared_ptr: libcurl may drop the socket, and use its number again, before the handler runs.
  void wait(curl_socket_t fd, const std::shared_ptr<Socket>& socket,
            asio::posix::stream_descriptor::wait_type type, int event) {
    std::weak_ptr<Socket> kept = socket;
    socket->descriptor.async_wait(
        type, [weak = weak_from_this(), kept, fd, event](boost::system::error_code error) {
          const auto loop = weak.lock();
          const auto socket = kept.lock();
          if (!loop || !socket) return;
          (event == CURL_CSELECT_IN ? socket->reading : socket->writing) = false;
          const int poll = event == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT;
          if (error == asio::error::operation_aborted) return;
          if ((socket->wanted & poll) != 0) loop->act(fd, error ? CURL_CSELECT_ERR : event);
          const auto it = loop->sockets_.find(fd);
          if (it != loop->sockets_.end() && it->second == socket) loop->watch(fd, socket);
        });
  }

  void act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      char* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      reinterpret_cast<Transfer*>(transfer)->finish(code);
    }
  }

  asio::any_io_executor executor_;
  CurlOptions options_;
  asio::steady_timer timer_;
  std::optional<asio::steady_timer::time_point> due_, armed_;  // when libcurl is due; the timer
  bool posted_ = false;
  CURLM* multi_ = nullptr;
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::vector<CURL*> spare_;
  std::size_t running_ = 0;
};

CurlHttpClient::CurlHttpClient(asio::any_io_executor executor, Clock& clock, CurlOptions options)
    : loop_(std::make_shared<Loop>(std::move(executor), options)), clock_(clock) {}
CurlHttpClient::~CurlHttpClient() = default;

std::size_t CurlHttpClient::transfers() const { return loop_->running(); }

namespace {

HttpReply nothing_sent(std::string why) {
  HttpReply reply;
  reply.got = Got::no_connection;
  reply.error = std::move(why);
  return reply;
}

// Takes the transfer out of the loop on any way out of the coroutine, cancellation included.
template <typename Loop>
struct Running {
  Running(std::shared_ptr<Loop> l, CURL* e) : loop(std::move(l)), easy(e) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { loop->end(easy, started); }
  std::shared_ptr<Loop> loop;
  CURL* easy;
  bool started = false;
};

}  // namespace

Task<HttpReply> CurlHttpClient::send(HttpRequest request, Instant deadline) {
  const auto loop = loop_;
  const auto left = std::chrono::floor<milliseconds>(deadline - clock_.instant());
  if (left.count() <= 0) co_return nothing_sent("the deadline passed before anything was sent");
  if (loop->running() >= loop->options().max_transfers) {
    co_return nothing_sent("too many transfers at the same time");
  }
  CURL* easy = loop->handle();
  if (easy == nullptr) co_return nothing_sent("no memory for a transfer");
  Transfer transfer(easy, std::move(request), loop->executor());
  Running<Loop> running(loop, easy);
  if (!transfer.prepare(loop->options(), left)) {
    co_return nothing_sent("libcurl refused an option of the request");
  }
  running.started = loop->start(transfer);
  if (!running.started) co_return nothing_sent("libcurl refused the transfer");
  while (!transfer.done()) co_await transfer.finished().wait();
  co_return transfer.take_reply();
}

}  // namespace tenon
