// Loading a connector and calling it.
#include "worker/loaded_connector.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include "worker/call_view.hpp"
#include "worker/host_sink.hpp"
#include "worker/pushed.hpp"

namespace tenon::worker {
namespace {

// Keeps files loaded until the process ends.
void keep_forever(boost::dll::shared_library library) {
  static std::mutex mutex;
  static auto* kept = new std::vector<boost::dll::shared_library>;
  const std::lock_guard lock(mutex);
  kept->push_back(std::move(library));
}

Error unfit(const char* field, const std::string& wanted, const std::string& found) {
  return unsupported("tenon_connector." + std::string(field) + ": wanted " + wanted + ", found " +
                     found);
}

Result<void> check_table(const tenon_connector* table) {
  constexpr std::size_t kLeast = TENON_LEAST(tenon_connector, extension);
  if (table == nullptr) return unsupported(TENON_SYMBOL ": wanted a table, found null");
  if (table->size < kLeast || table->size > TENON_MAX_STRUCT) {
    return unfit("size", std::to_string(kLeast) + " to " + std::to_string(TENON_MAX_STRUCT),
                 std::to_string(table->size));
  }
  if (table->abi_minor > TENON_ABI_MINOR) {
    return unfit("abi_minor", "at most " + std::to_string(TENON_ABI_MINOR),
                 std::to_string(table->abi_minor) + ": it was built for ABI 1." +
                     std::to_string(table->abi_minor) + ", this host speaks up to 1." +
                     std::to_string(TENON_ABI_MINOR) +
                     "; install a newer Tenon or an older release");
  }
  if (table->ops == 0) return unfit("ops", "at least one", "none");
  const std::pair<const char*, bool> functions[] = {{"create", table->create != nullptr},
                                                    {"destroy", table->destroy != nullptr},
                                                    {"step", table->step != nullptr},
                                                    {"extension", table->extension != nullptr}};
  for (const auto& [name, there] : functions) {
    if (!there) return unfit(name, "a function", "null");
  }
  return {};
}

// Runs `call`, which enters vendor code; what it throws ends here, as the text of an explanation.
template <typename F>
tenon_status guarded(std::string& thrown, F call) {
  try {
    return call();
  } catch (const std::exception& e) {
    thrown = std::string("wanted a status, found an exception: ") + e.what();
  } catch (...) {
    thrown = "wanted a status, found an exception of unknown type";
  }
  return TENON_E_INTERNAL;
}

}  // namespace

LoadedConnector::LoadedConnector(const tenon_connector* table) : table_(table) {
  host_.size = sizeof(tenon_host);
  host_.abi_minor = TENON_ABI_MINOR;
  host_.ctx = this;
  host_.log = &LoadedConnector::log;
  host_.extension = &LoadedConnector::extension;
}

LoadedConnector::~LoadedConnector() {
  while (!instances_.empty()) destroy(instances_.begin()->first);
}

Result<std::unique_ptr<LoadedConnector>> LoadedConnector::load(const std::string& so_path) {
  const int file = ::open(so_path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const int why = errno;
    if (why == ENOENT) return not_found("no such file", so_path);
    return corrupt(std::string("cannot be read: ") + std::strerror(why), so_path);
  }
  ::close(file);
  std::error_code error;
  boost::dll::shared_library library;
  library.load(so_path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, error);
  if (error) {
    const char* reason = ::dlerror();
    return corrupt(
        std::string("cannot be loaded: ") + (reason != nullptr ? reason : error.message().c_str()),
        so_path);
  }
  if (!library.has(TENON_SYMBOL)) {
    return unsupported("no symbol " TENON_SYMBOL
                       ": not a connector, or one of another ABI major (this host: 1)",
                       so_path);
  }
  const auto entry = &library.get<const tenon_connector*()>(TENON_SYMBOL);
  keep_forever(std::move(library));
  std::string thrown;
  const tenon_connector* table = nullptr;
  if (guarded(thrown, [&] { return table = entry(), TENON_OK; }) != TENON_OK) {
    return unsupported("tenon_connector_v1: " + thrown, so_path);
  }
  if (auto checked = check_table(table); !checked) return std::move(checked).error().in(so_path);
  return std::unique_ptr<LoadedConnector>(new LoadedConnector(table));
}

wire::Opened LoadedConnector::create(std::uint64_t handle, const std::string& settings_json) {
  HostSink sink({Op::none, 0});
  tenon_instance* instance = nullptr;
  std::string thrown;
  const tenon_str config{settings_json.data(), settings_json.size()};
  const tenon_status status =
      guarded(thrown, [&] { return table_->create(&host_, config, sink.sink(), &instance); });
  const StepResult result = sink.finish(status);
  wire::Opened opened{result.status, thrown.empty() ? result.explain : "create: " + thrown};
  if (opened.status == TENON_OK && instance == nullptr) {
    opened = {TENON_E_INTERNAL, "create: wanted an instance with the status 0, found null"};
  }
  if (opened.status == TENON_OK) instances_[handle] = instance;
  return opened;
}

StepResult LoadedConnector::step(std::uint64_t handle, const Call& call) {
  const CallView view(call);
  HostSink sink(wire::bounds_of(call));
  std::string thrown;
  const tenon_instance* instance = instances_.at(handle);
  StepResult result =
      sink.finish(guarded(thrown, [&] { return table_->step(instance, view.get(), sink.sink()); }));
  if (!thrown.empty()) result.explain = std::string(name_of(call.op)) + ": step: " + thrown;
  const std::lock_guard lock(log_mutex_);
  for (auto& note : result.logs) {  // the host's own, behind what the connector said
    if (logs_.size() < kMaxStepLogLines) logs_.push_back(std::move(note));
  }
  result.logs.swap(logs_);
  logs_.clear();
  return result;
}

void LoadedConnector::destroy(std::uint64_t handle) {
  const auto it = instances_.find(handle);
  if (it == instances_.end()) return;
  tenon_instance* instance = it->second;
  instances_.erase(it);
  std::string thrown;
  (void)guarded(thrown, [&] { return table_->destroy(instance), TENON_OK; });
}

void LoadedConnector::log(const tenon_host* host, std::uint32_t level, tenon_str message) {
  auto& me = *static_cast<LoadedConnector*>(host->ctx);
  std::string_view view;
  if (!view_of(message, view)) return;
  const std::lock_guard lock(me.log_mutex_);
  if (me.logs_.size() >= kMaxStepLogLines) return;
  ConnectorLog line;
  line.level = level <= TENON_LOG_ERROR ? level : 0;
  line.message = view.substr(0, wire::kMaxLogLineBytes);
  me.logs_.push_back(std::move(line));
}

const void* LoadedConnector::extension(const tenon_host*, tenon_str) { return nullptr; }

}  // namespace tenon::worker
