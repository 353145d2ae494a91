// tenon-worker: gives up its rights, loads one connector and runs its steps. Started by the host
// only.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "worker/lockdown.hpp"
#include "worker/serve.hpp"

namespace {

using tenon::ErrorKind;
using tenon::Result;
using tenon::wire::MessageType;
namespace wire = tenon::wire;
namespace worker = tenon::worker;

constexpr int kIpc = 3, kLog = 4;

// By position, as the host writes them; a word that is not known is the cautious one.
struct Arguments {
  std::string so_path;  // relative to the folder we were started in
  worker::Profile profile = worker::Profile::strict;
  std::uint32_t landlock_at_most = 0;  // the newest version to use; 0 = there is none
  bool own_uid = false;                // "own": the uid is nobody else's
  bool sandbox = true;                 // not with "none"
  bool gate = true;                    // not with "no-gate": this kernel has none
  bool private_root = false;           // "private": our root holds libraries and the .so alone
};

Result<Arguments> read_arguments(int argc, char** argv) {
  if (argc != 8) {
    return tenon::invalid("tenon-worker is started by tenond, never by hand");
  }
  Arguments out;
  out.so_path = argv[1];
  TENON_TRY_AS(out.profile, worker::profile_of(argv[2]));
  const std::string_view abi = argv[3];
  const auto read = std::from_chars(abi.data(), abi.data() + abi.size(), out.landlock_at_most);
  if (read.ec != std::errc{}) return tenon::invalid("Landlock version: wanted a number");
  out.own_uid = std::string_view(argv[4]) == "own";
  out.sandbox = std::string_view(argv[5]) != "none";
  out.gate = std::string_view(argv[6]) != "no-gate";
  out.private_root = std::string_view(argv[7]) == "private";
  return out;
}

struct Started {
  std::unique_ptr<worker::LoadedConnector> connector;
  wire::Ready ready;
};

// The order is the security of it: nothing of the vendor's runs before stage 1 is in force.
Result<void> lock(const Arguments& arguments, worker::Channel& channel, wire::Ready& ready) {
  worker::load_libraries();
  TENON_TRY(worker::drop_rights(arguments.own_uid));
  if (arguments.landlock_at_most > 0) {
    TENON_TRY_AS(ready.landlock_abi,
                 worker::confine_files({{arguments.so_path}}, arguments.landlock_at_most));
  } else if (!arguments.private_root) {
    return tenon::unsupported("neither Landlock nor a private root: files would be open");
  }
  if (arguments.gate) TENON_TRY(worker::raise_gate(channel.sequence()));
  return worker::filter_loading(arguments.profile);
}

Result<void> lock_further(const Arguments& arguments, const wire::Ready& ready) {
  if (ready.landlock_abi > 0) TENON_TRY(worker::confine_all_files(ready.landlock_abi));
  return worker::filter_running(arguments.profile);
}

Result<Started> start(const Arguments& arguments, worker::Channel& channel) {
  Started out;
  if (arguments.sandbox) TENON_TRY(lock(arguments, channel, out.ready));
  const bool self_test = arguments.so_path.empty();  // all locks, and nothing behind them
  if (!self_test) {
    auto loaded = worker::LoadedConnector::load(arguments.so_path);
    if (!loaded) {
      tenon::Error error = std::move(loaded).error();
      // Which of the two refusals it is, the caller sees by kind; machine errors are above.
      if (error.kind == ErrorKind::unsupported) error.kind = ErrorKind::conflict;
      return error;
    }
    out.connector = std::move(*loaded);
  }
  if (arguments.sandbox) TENON_TRY(lock_further(arguments, out.ready));
  if (self_test) return out;
  out.ready.abi_minor = out.connector->abi_minor();
  out.ready.ops = out.connector->ops();
  return out;
}

wire::RefusedBy refused_by(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unsupported: return wire::RefusedBy::machine;
    case ErrorKind::not_found:
    case ErrorKind::corrupt: return wire::RefusedBy::file;
    case ErrorKind::conflict: return wire::RefusedBy::abi;
    default: return wire::RefusedBy::other;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (::fcntl(kIpc, F_GETFD) < 0 || ::fcntl(kLog, F_GETFD) < 0) {
    std::fputs("tenon-worker is started by tenond, never by hand\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_DFL);
  std::setvbuf(stdout, nullptr, _IOLBF, 4096);
  worker::Channel channel(kIpc);
  auto arguments = read_arguments(argc, argv);
  Result<Started> started =
      arguments ? start(*arguments, channel) : Result<Started>(std::move(arguments).error());
  if (!started) {
    const tenon::Error& error = started.error();
    const std::string body = wire::encode_refused({refused_by(error.kind), error.text()});
    (void)channel.send(MessageType::refused, 0, body);
    ::_exit(1);
  }
  if (!channel.send(MessageType::ready, 0, wire::encode_ready(started->ready))) ::_exit(1);
  if (!started->connector) {
    (void)channel.receive();  // the self-test is over when the host hangs up
    ::_exit(0);
  }
  const tenon::Error end = worker::serve(channel, *started->connector);
  if (end.kind != ErrorKind::cancelled) {
    const std::string line = "tenon-worker: " + end.text() + "\n";
    (void)!::write(kLog, line.data(), line.size());
    ::_exit(3);
  }
  ::_exit(0);  // no destructors of vendor code: there is nothing they could still do right
}
