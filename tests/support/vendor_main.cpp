// tenon-vendor: a vendor's model on a loopback port, for the demo and for tests of whole programs.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>

#include "async/scope.hpp"
#include "support/vendor_models.hpp"
#include "support/vendor_server.hpp"

namespace {

using namespace tenon;
namespace asio = boost::asio;

Task<void> stop_on_signal(asio::signal_set& signals, support::VendorServer& server) {
  boost::system::error_code error;
  co_await signals.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_await server.stop();
}

int fail(const Error& error) {
  std::fprintf(stderr, "tenon-vendor: %s\n", error.text().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Serves a vendor's model on 127.0.0.1 and prints its address on one line.",
               "tenon-vendor"};
  app.footer(
      "Beside the vendor's own pages:\n"
      "  GET  /_state     what the vendor holds\n"
      "  GET  /_journal   the requests that it got, with what it answered\n"
      "  POST /_control   answers to give instead of the model's, in order:\n"
      "                   {\"script\":[{\"status\":503},{\"status\":200,\"body\":\"<html>\"}]}");
  std::string name, model_options = "{}";
  support::VendorServer::Options options;
  app.add_option("model", name, "hubspot, webhook, or the .so of a model")->required();
  app.add_option("--port", options.port, "Default: any free one");
  app.add_option("--set", model_options, "Options of the model as JSON; later by POST /_model");
  app.add_option("--certificate", options.certificate_file, "PEM file; with --key: speak TLS");
  app.add_option("--key", options.key_file, "PEM file of the certificate's key");
  CLI11_PARSE(app, argc, argv);

  auto made = support::make_model(name);
  if (!made) return fail(made.error());
  if (const auto set = made->set(model_options); !set) return fail(set.error());
  options.model_state = made->state;
  options.model_set = made->set;
  const bool tls = !options.certificate_file.empty();

  asio::io_context io(1);
  support::VendorServer server(io.get_executor(), *made->model, std::move(options));
  const auto port = server.start();
  if (!port) return fail(port.error());
  std::printf("%s://127.0.0.1:%u\n", tls ? "https" : "http", unsigned{*port});
  std::fflush(stdout);

  asio::signal_set signals(io, SIGTERM, SIGINT);
  Scope scope(io.get_executor());
  scope.spawn(stop_on_signal(signals, server), "vendor stop");
  io.run();
  return 0;
}
