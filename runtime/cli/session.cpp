// Finding the host, asking it, and saying what went wrong.
#include "cli/session.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

namespace tenon::cli {

namespace {
using Json = nlohmann::json;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}
}  // namespace

View Session::view() const {
  using std::chrono::floor;
  return View{style, floor<microseconds>(std::chrono::system_clock::now())};
}

std::string Session::socket_path() const {
  if (!socket.empty()) return socket;
  if (!data.empty()) return data + "/admin.sock";
  if (const auto from = environment("TENON_SOCKET"); !from.empty()) return from;
  if (const auto from = environment("TENON_DATA"); !from.empty()) return from + "/admin.sock";
  return "./tenon-data/admin.sock";
}

Result<HttpAnswer> Session::call(const std::string& method, const std::string& path_and_query,
                                 const std::string& body, const std::string& content_type) {
  HttpCall call;
  call.method = method;
  call.url = "http://tenon" + path_and_query;
  call.unix_socket = socket_path();
  call.body = body;
  call.content_type = content_type;
  call.timeout = timeout;
  return http_call(call);
}

std::optional<Json> Session::get(const std::string& path_and_query) {
  return judge(call("GET", path_and_query));
}

std::optional<Json> Session::post(const std::string& path_and_query, const std::string& body,
                                  const std::string& content_type) {
  return judge(call("POST", path_and_query, body, content_type));
}

std::optional<Json> Session::judge(Result<HttpAnswer> answer) {
  if (!answer) {
    exit_code = answer.error().kind == ErrorKind::unavailable ? fail_unreachable(answer.error())
                                                              : fail(answer.error());
    return std::nullopt;
  }
  auto value = Json::parse(answer->body, nullptr, false);
  if (!value.is_object()) {
    exit_code = fail(corrupt("wanted a JSON object from the admin API, found \"" +
                                 clean(answer->body, 100) + "\" with status " +
                                 std::to_string(answer->status),
                             socket_path()));
    return std::nullopt;
  }
  if (answer->status < 300) return value;
  exit_code = kFailed;
  if (json) {
    print_json(value);
  } else {
    err_ << error_style.bad("tenon: ") << render_problem(value) << "\n"
         << render_config_errors(value.value("errors", Json::array()), View{error_style, {}});
  }
  return std::nullopt;
}

void Session::print_json(const Json& value) {
  out_ << value.dump(out_is_terminal ? 2 : -1, ' ', false, Json::error_handler_t::replace) << "\n";
}

int Session::print(const Json& value, const std::string& text) {
  if (json) {
    print_json(value);
  } else {
    out_ << text;
  }
  return kOk;
}

int Session::fail(const Error& error) {
  if (json) {
    print_json({{"type", "urn:tenon:problem:" + std::string(name_of(error.kind))},
                {"detail", error.message},
                {"place", error.context}});
  } else {
    err_ << error_style.bad("tenon: ") << clean(error.text(), 2'000) << "\n";
  }
  return kFailed;
}

int Session::fail_unreachable(const Error& error) {
  if (json) {
    print_json({{"type", "urn:tenon:problem:unreachable"},
                {"detail", error.message},
                {"place", error.context}});
  } else {
    err_ << error_style.bad("tenon: ") << "no host answers at " << clean(error.context) << " ("
         << clean(error.message) << ")\n"
         << "  Start one with tenond (tenond --help), or say where it is:\n"
         << "  --data DIR or TENON_DATA for its data folder, --socket PATH or TENON_SOCKET for its "
            "socket.\n";
  }
  return kUnreachable;
}

int Session::usage(const std::string& text) {
  err_ << error_style.bad("tenon: ") << text << "\n";
  return kUsage;
}

void PageOptions::add_to(CLI::App& command) {
  command.add_option("--limit", limit, "At most so many")->check(CLI::Range(1, 500));
  command.add_option("--after", after, "Go on after this cursor (printed below a cut list)");
}

Result<std::string> read_file(const std::string& path, std::size_t most) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return invalid("wanted a readable file", path);
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string text;
  char part[65'536];
  while (in.read(part, sizeof part) || in.gcount() > 0) {
    text.append(part, static_cast<std::size_t>(in.gcount()));
    if (text.size() > most) {
      return invalid("wanted at most " + std::to_string(most) + " bytes, found more", path);
    }
  }
  if (in.bad()) return invalid("the file cannot be read to its end", path);
  return text;
}

}  // namespace tenon::cli
