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

// By position: the .so (relative to the folder we were started in), the profile, the newest
// Landlock version to use, whether the uid is our own ("own" or "shared"), and "sandbox" or "none".
struct Arguments {
  std::string so_path;
  worker::Profile profile = worker::Profile::strict;
  std::uint32_t landlock_at_most = 0;
  bool own_uid = false;
  bool sandbox = true;
};

Result<Arguments> read_arguments(int argc, char** argv) {
  if (argc != 6) {
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
  return out;
}

struct Started {
  std::unique_ptr<worker::LoadedConnector> connector;
  wire::Ready ready;
};

// The order is the security of it: nothing of the vendor's runs before stage 1 is in force.
Result<Started> start(const Arguments& arguments) {
  Started out;
  if (arguments.sandbox) {
    TENON_TRY(worker::drop_rights(arguments.own_uid));
    TENON_TRY_AS(out.ready.landlock_abi,
                 worker::confine_files(arguments.so_path, arguments.landlock_at_most));
    TENON_TRY(worker::filter_loading(arguments.profile));
  }
  auto loaded = worker::LoadedConnector::load(arguments.so_path);
  if (!loaded) {
    tenon::Error error = std::move(loaded).error();
    // Which of the two refusals it is, the caller sees by kind; machine errors are above.
    if (error.kind == ErrorKind::unsupported) error.kind = ErrorKind::conflict;
    return error;
  }
  out.connector = std::move(*loaded);
  if (arguments.sandbox) {
    TENON_TRY(worker::confine_all_files(out.ready.landlock_abi));
    TENON_TRY(worker::filter_running(arguments.profile));
  }
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
      arguments ? start(*arguments) : Result<Started>(std::move(arguments).error());
  if (!started) {
    const tenon::Error& error = started.error();
    const std::string body = wire::encode_refused({refused_by(error.kind), error.text()});
    (void)channel.send(MessageType::refused, 0, body);
    ::_exit(1);
  }
  if (!channel.send(MessageType::ready, 0, wire::encode_ready(started->ready))) ::_exit(1);
  const tenon::Error end = worker::serve(channel, *started->connector);
  if (end.kind != ErrorKind::cancelled) {
    const std::string line = "tenon-worker: " + end.text() + "\n";
    (void)!::write(kLog, line.data(), line.size());
    ::_exit(3);
  }
  ::_exit(0);  // no destructors of vendor code: there is nothing they could still do right
}
