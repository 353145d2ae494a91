// What the outside does to the host: clients, operators, and trouble with the machine.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/assert.hpp"
#include "ports/append_essential.hpp"
#include "sim/life.hpp"
#include "sim/setup.hpp"
#include "sim/world.hpp"
#include "support/events.hpp"

namespace tenon::sim {
namespace {

using nlohmann::json;

Task<void> append_controls(EventLog& log, Clock& clock, std::vector<NewRecord> records,
                           int& commands, std::function<void()> then) {
  auto appended = co_await append_essential(log, clock, std::move(records), AppendWait::durable);
  --commands;
  if (appended && then) then();
}

std::vector<delivery::Row> given_up_at(delivery::Runner& runner) {
  auto page = runner.fold().letters({}, "", 10'000);
  TENON_ASSERT(page);
  return std::move(page->rows);
}

// "write-key:" as Basic authorization wants it.
constexpr const char* kAuthorization = "Basic d3JpdGUta2V5Og==";

}  // namespace

bool World::dice(int thousandths) {
  return random_.below(1'000) < static_cast<std::uint64_t>(thousandths);
}

void World::act() {
  if (dice(profile_.crash)) crash();
  if (dice(profile_.stop)) {
    stop();
    end_life();
    disk_.crash(random_.next());
    disk_fault_ = false;
    fatal_.clear();
    start();
  }
  if (dice(profile_.disk_full)) fill_disk();
  if (dice(profile_.disk_error)) {
    const auto fault = random_.once_in(2) ? DiskFault::error : DiskFault::sync_forgets;
    disk_.fail_at(1 + random_.below(40), fault);
    disk_fault_ = true;
    note("disk: a fault is armed");
  }
  if (dice(profile_.pause)) pause_or_resume();
  if (dice(profile_.skip)) skip_one();
  if (dice(profile_.redrive)) redrive_some();
  if (profile_.rerun > 0 && dice(profile_.rerun)) rerun_some();
  if (dice(profile_.configure)) change_configuration();
  if (dice(profile_.clock_jump)) {
    const seconds by{1 + random_.below(3'600)};
    clock_.jump_wall(by);
    note("wall clock set forward by " + std::to_string(by.count()) + " s");
  }
  const auto requests = random_.below(3);
  for (std::uint64_t i = 0; i < requests; ++i) new_request();
}

ClientEvent World::new_event() {
  if (!sent_.empty() && dice(profile_.duplicate)) {
    auto at = sent_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(sent_.size())));
    return at->second;
  }
  static const char* kTypes[] = {"track",    "track", "track", "identify",
                                 "identify", "page",  "screen"};
  static const char* kDestinations[] = {"single", "bulk", "once"};
  ClientEvent event;
  event.serial = static_cast<std::int64_t>(sent_.size()) + 1;
  event.type = kTypes[random_.below(7)];
  const auto kind = random_.below(10);
  if (kind < 5) {
    event.user =
        "hot" + std::to_string(random_.below(static_cast<std::uint64_t>(profile_.hot_keys)));
  } else if (kind < 9) {
    event.user =
        "cold" + std::to_string(random_.below(static_cast<std::uint64_t>(profile_.cold_keys)));
  }
  json properties{{"n", event.serial}};
  if (dice(profile_.poison_events)) {
    event.bad = true;
    properties["bad"] = kDestinations[random_.below(3)];
  }
  if (dice(profile_.killer_events)) {
    event.killer = true;
    properties["killer"] = kDestinations[random_.below(3)];
  }
  json message{{"type", event.type}, {"properties", properties}};
  if (!event.user.empty()) message["userId"] = event.user;
  if (event.type == "track") message["event"] = "Clicked";
  if (!random_.once_in(12)) message["messageId"] = "m" + std::to_string(event.serial);
  event.json = message.dump();
  event.told = clock_.instant();
  sent_.emplace(event.serial, event);
  return event;
}

ClientEvent World::event(std::string type, std::string user, std::string bad_for) {
  ClientEvent event;
  event.serial = static_cast<std::int64_t>(sent_.size()) + 1;
  event.type = std::move(type);
  event.user = std::move(user);
  event.bad = !bad_for.empty();
  event.told = clock_.instant();
  json properties{{"n", event.serial}};
  if (event.bad) properties["bad"] = bad_for;
  json message{{"type", event.type},
               {"messageId", "m" + std::to_string(event.serial)},
               {"properties", properties}};
  if (!event.user.empty()) message["userId"] = event.user;
  if (event.type == "track") message["event"] = "Clicked";
  event.json = message.dump();
  sent_.emplace(event.serial, event);
  return event;
}

void World::say(std::vector<ClientEvent> events) {
  auto request = std::make_unique<Request>();
  for (const auto& event : events) {
    request->serials.push_back(event.serial);
    request->body += (request->body.empty() ? "" : ",") + event.json;
  }
  request->body = "{\"batch\":[" + request->body + "]}";
  requests_.push_back(std::move(request));
  send_due();
}

void World::new_request() {
  const auto count = 1 + random_.below(random_.once_in(5) ? 40 : 8);
  std::vector<ClientEvent> events;
  for (std::uint64_t i = 0; i < count; ++i) events.push_back(new_event());
  say(std::move(events));
}

void World::send_due() {
  if (!life_) return;
  std::erase_if(requests_, [](const auto& request) { return request->tries < 0; });
  for (auto& request : requests_) {
    if (request->waiting || request->again > clock_.instant()) continue;
    request->waiting = true;
    life_->scope.spawn(send(*this, *request), "client");
  }
}

Task<void> World::send(World& world, Request& request) {
  HttpHead head;
  head.method = "POST";
  head.path = "/v1/batch";
  head.headers.emplace_back("authorization", kAuthorization);
  head.content_length = request.body.size();
  std::string body = request.body;
  Ingest& ingest = *world.life_->ingest;
  const Admission admission = ingest.admit(head);
  HttpResponse response;
  if (admission.refuse) {
    response = *admission.refuse;
  } else {
    response = co_await ingest.handle(std::move(head), std::move(body));
  }
  request.waiting = false;
  ++request.tries;
  if (response.status == 200) {
    world.acknowledged_.insert(request.serials.begin(), request.serials.end());
    request.tries = -1;
    co_return;
  }
  std::string wait;
  for (const auto& [name, value] : response.headers) {
    if (name == "retry-after") wait = value;
  }
  if (response.status != 429 || wait.empty()) {
    world.ledger_.violation("ingest answered " + std::to_string(response.status) + " " +
                            response.body);
  }
  // As real senders do: longer from try to try.
  const int doubled = std::min(request.tries, 8);
  request.again = world.clock_.instant() + seconds{std::atoi(wait.c_str())} * (1 << doubled);
}

// what: 0 pause, 1 resume, 2 skip.
void World::append_everywhere(const std::string& destination, int what) {
  Control control;
  if (what == 0) control = DestinationPaused{destination, "a test", "sim"};
  if (what == 1) control = DestinationResumed{destination, "sim"};
  if (what == 2) control = DestinationSkipped{destination, "a test", "sim"};
  append_everywhere(control);
}

void World::append_everywhere(const Control& control) {
  std::vector<NewRecord> records;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    records.push_back(record_of(PartitionId{p}, control));
  }
  append(std::move(records));
}

NewRecord World::record_of(PartitionId partition, const Control& control) {
  NewRecord record;
  record.partition = partition;
  record.header.stream = Stream::control;
  record.header.type = static_cast<std::uint16_t>(type_of(control));
  record.header.occurred = clock_.now();
  record.header.config = life_->workspace->version;
  record.body = encode(control);
  return record;
}

void World::append(std::vector<NewRecord> records) {
  ++life_->commands;
  life_->scope.spawn(
      append_controls(*life_->log, clock_, std::move(records), life_->commands, nullptr), "act");
}

void World::pause_or_resume() {
  const std::string name = destinations()[random_.below(destinations().size())];
  auto* runner = life_->delivery->runner(name);
  if (runner == nullptr) return;
  append_everywhere(name, runner->status().pause.paused ? 1 : 0);
}

void World::skip_one() {
  append_everywhere(destinations()[random_.below(destinations().size())], 2);
}

RerunId World::replay(const std::string& destination, std::uint32_t rate) {
  RerunStarted asked;
  asked.id = RerunId{random_.next() | 1};
  asked.kind = RerunKind::replay;
  asked.destination = destination;
  asked.actor = "sim";
  asked.rate = rate;
  asked.from = time_from_us(1);
  asked.to = clock_.now();
  asked.where = "type = \"track\"";
  ++ledger_.replays[destination];
  append_everywhere(Control(asked));
  return asked.id;
}

RerunId World::redrive_all(const std::string& destination, const std::string& reason,
                           std::uint32_t rate) {
  RerunStarted asked;
  asked.id = RerunId{random_.next() | 1};
  asked.kind = RerunKind::redrive;
  asked.destination = destination;
  asked.actor = "sim";
  asked.rate = rate;
  asked.reason = reason;
  redrives_[asked.id] = reason;
  append_everywhere(Control(asked));
  return asked.id;
}

void World::cancel(const std::string& destination, RerunId id) {
  RerunMoved end;
  end.id = id;
  end.destination = destination;
  end.fate = RerunFate::cancelled;
  end.actor = "sim";
  append_everywhere(Control(std::move(end)));
}

// One at a time and destination, as the host has it. Only tracks and only to `single`, which every
// configuration routes there, so that the oracles know what is to come.
void World::rerun_some() {
  if (life_->commands > 0) return;
  const bool replays = random_.once_in(2);
  const std::string name =
      replays ? "single" : destinations()[random_.below(destinations().size())];
  const std::uint32_t rate =
      random_.once_in(2) ? 0 : 1 + static_cast<std::uint32_t>(random_.below(20));
  auto& fold = runner(name).fold();
  if (const auto* open = fold.open_rerun()) {
    if (open->fate == RerunFate::none && random_.once_in(3)) cancel(name, open->asked.id);
    return;
  }
  if (replays) {
    replay(name, rate);
    return;
  }
  if (random_.once_in(4)) return close_one();
  if (random_.once_in(2)) vendors_.forgive();
  // A filter can only go wrong where letters of several classes wait.
  std::set<std::string> classes;
  for (const auto& row : given_up_at(runner(name))) classes.insert(row.reason);
  const bool filtered = classes.size() > 1 || (!classes.empty() && random_.once_in(2));
  const auto one =
      filtered ? std::next(classes.begin(), random_.below(classes.size())) : classes.end();
  redrive_all(name, filtered ? *one : "", rate);
}

// As the keeper of letters does to an old one, and an operator to one that is edited.
void World::close_one() {
  const std::string name = destinations()[random_.below(destinations().size())];
  const auto letters = given_up_at(runner(name));
  if (letters.empty()) return;
  const auto& row = letters[random_.below(letters.size())];
  LetterClosed closed;
  closed.delivery = row.ref;
  closed.destination = name;
  closed.actor = "sim";
  closed.end = random_.once_in(2) ? LetterEnd::expired : LetterEnd::replaced;
  append_about(row.partition, Control(std::move(closed)));
}

void World::redrive_some() {
  if (random_.once_in(2)) vendors_.forgive();
  for (const auto& name : destinations()) {
    for (const auto& row : given_up_at(runner(name))) {
      if (!random_.once_in(3)) redrive_row(name, row);
    }
  }
}

void World::redrive(const std::string& destination) {
  for (const auto& row : given_up_at(runner(destination))) redrive_row(destination, row);
}

void World::redrive_row(const std::string& destination, const delivery::Row& row) {
  Redriven redriven;
  redriven.delivery = row.ref;
  redriven.destination = destination;
  redriven.actor = "sim";
  append_about(row.partition, Control(std::move(redriven)));
}

void World::append_about(PartitionId partition, const Control& control) {
  std::vector<NewRecord> records;
  records.push_back(record_of(partition, control));
  append(std::move(records));
}

void World::change_configuration() {
  if (life_->commands > 0) return;
  variant_ = (variant_ + 1 + static_cast<int>(random_.below(kVariants - 1))) % kVariants;
  const std::string toml = workspace_toml(profile_, variant_);
  std::vector<NewRecord> records = testing::config_records(toml);
  for (auto& record : records) record.header.occurred = clock_.now();
  ++life_->commands;
  life_->scope.spawn(append_controls(*life_->log, clock_, std::move(records), life_->commands,
                                     [this] { reconfigure(); }),
                     "configure");
}

// Room for a little more, or an end of such a time.
void World::fill_disk() {
  const bool full = random_.once_in(2);
  note(full ? "disk: nearly full" : "disk: room again");
  if (full) {
    disk_.set_capacity(Bytes{disk_.used().count + random_.below(64 * 1'024)});
  } else {
    disk_.set_capacity(std::nullopt);
  }
}

}  // namespace tenon::sim
