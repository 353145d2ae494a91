// A connector that attacks whoever checks it, when it is asked for its requests; the setting `deed`
// says how. Without a deed it is sound; `by_place` is a defect like those of the zoo.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "tenon/connector.hpp"
#include "tenon/json.hpp"
#include "tenon/reply.hpp"

namespace {

// Nothing here may harm the machine if a guard fails: signal 0 only asks, and what multiplies stops
// by itself.
void kills_watcher() { kill(getppid(), SIGKILL); }
void kills_everybody() { kill(-1, 0); }
void kills_group() { kill(0, SIGKILL); }

void hangs() {
  signal(SIGTERM, SIG_IGN);
  for (volatile bool on = true; on;) {
  }
}

void floods() {
  const std::string page(64 * 1024, '!');
  while (write(STDOUT_FILENO, page.data(), page.size()) > 0) {
    (void)!write(STDERR_FILENO, page.data(), page.size());
  }
}

// In sessions of their own, so that no signal to one group reaches them.
void multiplies() {
  for (int i = 0; i < 200; ++i) {
    if (fork() != 0) continue;
    setsid();
    alarm(20);
    while (true) pause();
  }
  hangs();
}

void leaves_one() {
  pid_t child = -1;
  for (int i = 0; i < 1'000 && child < 0; ++i) {
    child = fork();
    if (child < 0) usleep(10'000);  // the machine may have none left for a moment
  }
  if (child != 0) return;
  setsid();
  alarm(20);
  while (true) pause();
}

void eats_memory() {
  constexpr std::size_t kPart = std::size_t{64} << 20;
  while (void* part = std::malloc(kPart)) std::memset(part, 1, kPart);
  std::abort();
}

[[gnu::noinline]] void stores_at(volatile int* place) { *place = 1; }
void crashes() {
  volatile int* volatile nowhere = nullptr;
  stores_at(nowhere);
}

[[gnu::noinline]] void throw_it(const char* why) { throw std::runtime_error(why); }
void tell_nobody(const char* why) noexcept { throw_it(why); }
void throws_out() { tell_nobody("told by the one who threw"); }

void exits() { _exit(0); }

void lies() {
  for (int descriptor = 3; descriptor < 64; ++descriptor) (void)!write(descriptor, "p", 1);
  _exit(0);
}

constexpr std::pair<std::string_view, void (*)()> kDeeds[] = {
    {"kills_watcher", kills_watcher},
    {"kills_everybody", kills_everybody},
    {"kills_group", kills_group},
    {"hangs", hangs},
    {"floods", floods},
    {"multiplies", multiplies},
    {"leaves_one", leaves_one},
    {"eats_memory", eats_memory},
    {"crashes", crashes},
    {"throws_out", throws_out},
    {"exits", exits},
    {"lies", lies},
};

using namespace tenon::sdk;

// Posts all records in one request {"items":[...]}; the vendor answers {"done":[{"id": ...}]}.
class Base {
 public:
  static constexpr std::uint32_t kOps = TENON_OP_DELIVER;
  explicit Base(std::string_view settings) { read_settings(settings); }
  virtual ~Base() = default;

  virtual void step(const Call& call, Step& step) const {
    if (call.op() != TENON_OP_DELIVER) throw unsupported("op: wanted deliver");
    if (call.action() != "send") throw unsupported("action: wanted send");
    if (call.step() == 0 && !call.records().empty()) return ask(call, step);
    for (const Record record : call.records()) {
      const auto response = call.response(0);
      if (response) conclude(call, record, *response, step);
    }
  }

 protected:
  virtual void ask(const Call& call, Step& step) const {
    Request request("api", "POST", "/v1/items");
    std::string body = "{\"items\":[";
    for (const Record record : call.records()) {
      if (record.index() > 0) body += ',';
      body += record.body();
      request.covers(record.index());
    }
    request.json(body + "]}");
    step.send(request);
    step.suspend();
  }

  virtual void conclude(const Call&, const Record& record, const Response& response,
                        Step& step) const {
    if (!response.answered()) return step.end(record.index(), unanswered(response));
    if (response.ok() && is_done(record, response)) {
      step.end(record.index(), Outcome::accepted());
    } else {
      step.end(record.index(), Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR, ""));
    }
  }

  static bool is_done(const Record& record, const Response& response) {
    const auto body = read_json(response.body());
    const Json* done = body ? member(*body, "done") : nullptr;
    if (done == nullptr || !done->is_array()) return false;
    for (const Json& item : *done) {
      if (text_of(item, "id") == record.id()) return true;
    }
    return false;
  }
};

class Foe : public Base {
 public:
  explicit Foe(std::string_view settings)
      : Base(settings), deed_(text_of(read_settings(settings), "deed")) {}

 protected:
  void ask(const Call& call, Step& step) const override {
    for (const auto& [name, deed] : kDeeds) {
      if (name == deed_) deed();
    }
    Base::ask(call, step);
  }

  void conclude(const Call& call, const Record& record, const Response& response,
                Step& step) const override {
    if (deed_ != "by_place" || !response.ok()) return Base::conclude(call, record, response, step);
    const auto body = read_json(response.body());
    const Json* done = body ? member(*body, "done") : nullptr;
    const bool mine = done != nullptr && done->is_array() && !done->empty() &&
                      text_of(done->front(), "id") == "evt_0";
    step.end(record.index(),
             mine ? Outcome::accepted()
                  : Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR, ""));
  }

 private:
  std::string deed_;
};

}  // namespace

TENON_CONNECTOR(Foe)
