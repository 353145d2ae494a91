// tenon-vendor: vendors' models on loopback ports, for tenon dev, the demo and tests of programs.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>

#include "async/scope.hpp"
#include "models/model_server.hpp"
#include "models/served_model.hpp"

namespace {

using namespace tenon;
namespace asio = boost::asio;

struct Arguments {
  std::vector<std::string> names;
  std::string folder = models::models_folder();
  std::string options = "{}", faults = "none";
  std::uint64_t seed = 0;
  bool dev = false, with_names = false;
  models::ModelServer::Options server;
};

struct Vendor {
  std::unique_ptr<models::ServedModel> model;
  std::unique_ptr<models::ModelServer> server;
  std::uint16_t port = 0;
};

Task<void> stop_on_signal(asio::signal_set& signals, std::vector<Vendor>& vendors) {
  boost::system::error_code error;
  co_await signals.async_wait(asio::redirect_error(asio::use_awaitable, error));
  for (auto& vendor : vendors) co_await vendor.server->stop();
}

int fail(const Error& error) {
  std::fprintf(stderr, "tenon-vendor: %s\n", error.text().c_str());
  return 1;
}

Result<Vendor> start(asio::io_context& io, const std::string& name, const Arguments& given) {
  Vendor vendor;
  TENON_TRY_AS(vendor.model, models::ServedModel::load(name, given.folder));
  if (given.dev) TENON_TRY(vendor.model->set_options(vendor.model->dev().options));
  if (given.options != "{}") TENON_TRY(vendor.model->set_options(given.options));
  TENON_TRY(vendor.model->set_faults(given.faults));
  vendor.model->set_seed(given.seed);
  vendor.server =
      std::make_unique<models::ModelServer>(io.get_executor(), *vendor.model, given.server);
  TENON_TRY_AS(vendor.port, vendor.server->start());
  return vendor;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Serves vendors' models on 127.0.0.1. Prints the address of one; of several, a line with "
      "name "
      "and address for each.",
      "tenon-vendor"};
  app.footer(
      "Beside the vendor's own pages, below /_model/: state, journal, faults, seed, options, "
      "script,\n"
      "reset. `tenon vendor` speaks with them; so does curl:\n"
      "  curl http://127.0.0.1:8099/_model/state\n"
      "  curl -X PUT -d 'throttle 20%, slow 2s' http://127.0.0.1:8099/_model/faults\n"
      "  curl -d '{\"script\":[{\"status\":503}]}' http://127.0.0.1:8099/_model/script");
  Arguments given;
  app.add_option("model", given.names,
                 "Names of models in the folder (such as acme), or paths of .so files; none: all "
                 "of the folder");
  app.add_option("--folder", given.folder, "Default: models beside or above the program");
  app.add_option("--port", given.server.port, "Of one model. Default: any free one");
  app.add_option("--set", given.options, "Options as JSON; later by POST /_model/options");
  app.add_option("--faults", given.faults, "Such as \"throttle 20%, slow 2s\"");
  app.add_option("--seed", given.seed, "Which random numbers decide about faults");
  app.add_flag("--names", given.with_names, "Print the name of one, too");
  app.add_flag("--dev", given.dev, "With the credentials that tenon dev gives to its host");
  app.add_option("--certificate", given.server.certificate_file, "PEM file; with --key: speak TLS");
  app.add_option("--key", given.server.key_file, "PEM file of the certificate's key");
  CLI11_PARSE(app, argc, argv);
  const bool one = given.names.size() == 1;
  if (given.names.empty()) given.names = models::models_in(given.folder);
  if (given.names.empty()) {
    return fail(not_found("wanted models (.so) in this folder, found none", given.folder));
  }
  if (!one && given.server.port != 0) {
    return fail(invalid("wanted one model with --port, found several"));
  }

  asio::io_context io(1);
  std::vector<Vendor> vendors;
  for (const auto& name : given.names) {
    auto vendor = start(io, name, given);
    if (!vendor) return fail(vendor.error());
    vendors.push_back(std::move(*vendor));
  }
  for (const auto& vendor : vendors) {
    if (!one || given.with_names) std::printf("%s ", vendor.model->name().c_str());
    std::printf("%s://127.0.0.1:%u\n", given.server.certificate_file.empty() ? "http" : "https",
                unsigned{vendor.port});
  }
  std::fflush(stdout);

  asio::signal_set signals(io, SIGTERM, SIGINT);
  Scope scope(io.get_executor());
  scope.spawn(stop_on_signal(signals, vendors), "vendor stop");
  io.run();
  return 0;
}
