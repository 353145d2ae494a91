// The sink: connections as Tasks over TCP or TLS, certificates through OpenSSL.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "tests/support/http_sink.hpp"

namespace tenon::testing {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Cert = std::unique_ptr<X509, decltype(&X509_free)>;

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL could not make the test certificates");
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  must(key != nullptr);
  return key;
}

void add_extension(X509* cert, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  must(extension != nullptr && X509_add_ext(cert, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Cert make_cert(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, long serial) {
  Cert cert(X509_new(), X509_free);
  must(cert != nullptr && X509_set_version(cert.get(), 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 86'400);
  X509_set_pubkey(cert.get(), key);
  X509_NAME* subject = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509* signer = issuer != nullptr ? issuer : cert.get();
  X509_set_issuer_name(cert.get(), X509_get_subject_name(signer));
  if (issuer == nullptr) {
    add_extension(cert.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(cert.get(), signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add_extension(cert.get(), signer, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  }
  must(X509_sign(cert.get(), issuer_key, EVP_sha256()) > 0);
  return cert;
}

template <typename Write>
void write_pem(const std::string& path, Write write) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), std::fclose);
  must(file != nullptr && write(file.get()) == 1);
}

std::size_t length_of(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
}

}  // namespace

std::string answer(int status, std::string_view body, std::string_view more_headers) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
  out.append(more_headers);
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return out.append(body);
}

TestCa::TestCa() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tenon-ca-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  const Key ca_key = make_key(), key = make_key();
  const Cert ca = make_cert("Tenon test CA", ca_key.get(), nullptr, ca_key.get(), 1);
  const Cert cert = make_cert("localhost", key.get(), ca.get(), ca_key.get(), 2);
  write_pem(ca_file(), [&](FILE* f) { return PEM_write_X509(f, ca.get()); });
  write_pem(cert_file(), [&](FILE* f) { return PEM_write_X509(f, cert.get()); });
  write_pem(key_file(), [&](FILE* f) {
    return PEM_write_PrivateKey(f, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

TestCa::~TestCa() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

struct HttpSink::State {
  State(asio::any_io_executor executor, Handler h)
      : handler(std::move(h)),
        acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        tls(asio::ssl::context::tls_server),
        scope(executor) {}
  Handler handler;
  tcp::acceptor acceptor;
  asio::ssl::context tls;
  bool with_tls = false;
  std::vector<SinkRequest> requests;
  int connections = 0;
  Scope scope;

  template <typename Stream>
  static Task<void> talk(std::shared_ptr<State> state, Stream& stream, int number) {
    std::string buffer;
    while (true) {
      auto source = asio::dynamic_buffer(buffer);
      auto [error, size] = co_await asio::async_read_until(stream, source, "\r\n\r\n", kTuple);
      if (error) co_return;
      SinkRequest request;
      request.connection = number;
      request.head = buffer.substr(0, size);
      buffer.erase(0, size);
      const std::size_t length = length_of(request.head);
      if (buffer.size() < length) {
        auto rest = asio::dynamic_buffer(buffer);
        const auto missing = asio::transfer_exactly(length - buffer.size());
        auto [failed, more] = co_await asio::async_read(stream, rest, missing, kTuple);
        if (failed) co_return;
        static_cast<void>(more);
      }
      request.body = buffer.substr(0, length);
      buffer.erase(0, length);
      const SinkAnswer reply = state->handler(request);
      state->requests.push_back(std::move(request));
      const auto bytes = asio::buffer(reply.bytes);
      auto [unwritten, written] = co_await asio::async_write(stream, bytes, kTuple);
      static_cast<void>(written);
      if (unwritten || reply.close) co_return;
      if (reply.hang) {
        char byte = 0;
        const auto one = asio::buffer(&byte, 1);
        co_await asio::async_read(stream, one, kTuple);
        co_return;
      }
    }
  }

  static Task<void> serve(std::shared_ptr<State> state, tcp::socket socket, int number) {
    if (!state->with_tls) {
      co_await talk(state, socket, number);
      co_return;
    }
    asio::ssl::stream<tcp::socket> stream(std::move(socket), state->tls);
    auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kTuple);
    if (!error) co_await talk(state, stream, number);
  }

  static Task<void> accept(std::shared_ptr<State> state) {
    while (true) {
      auto [error, socket] = co_await state->acceptor.async_accept(kTuple);
      if (error) co_return;
      auto task = serve(state, std::move(socket), ++state->connections);
      state->scope.spawn(std::move(task), "sink connection");
    }
  }
};

HttpSink::HttpSink(asio::any_io_executor executor, Handler handler, const TestCa* ca)
    : state_(std::make_shared<State>(std::move(executor), std::move(handler))) {
  if (ca != nullptr) {
    state_->with_tls = true;
    state_->tls.use_certificate_chain_file(ca->cert_file());
    state_->tls.use_private_key_file(ca->key_file(), asio::ssl::context::pem);
  }
  state_->scope.spawn(State::accept(state_), "sink");
}
HttpSink::~HttpSink() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->scope.cancel();
}

std::uint16_t HttpSink::port() const { return state_->acceptor.local_endpoint().port(); }
const std::vector<SinkRequest>& HttpSink::requests() const { return state_->requests; }
int HttpSink::connections() const { return state_->connections; }

Task<void> HttpSink::stop() {
  state_->scope.cancel();
  co_await state_->scope.join();
}

}  // namespace tenon::testing
