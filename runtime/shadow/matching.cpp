// Paths brought to one form, and requests found by their keys.
#include "shadow/matching.hpp"

#include <algorithm>
#include <map>

namespace tenon::shadow {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void add_part(std::string& key, std::string_view part) {
  key.append(std::to_string(part.size())).append(1, ':').append(part);
}

}  // namespace

std::string normal_path(std::string_view path) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const int high = path[i] == '%' && i + 2 < path.size() ? hex_digit(path[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(path[i + 2]) : -1;
    if (low < 0) {
      out += path[i];
      continue;
    }
    const auto byte = static_cast<char>(high * 16 + low);
    if (is_unreserved(byte)) {
      out += byte;
    } else {
      out.append(1, '%').append(1, kHex[high]).append(1, kHex[low]);
    }
    i += 2;
  }
  return out;
}

std::string key_of(const ConnectorRequest& request) {
  std::string key;
  add_part(key, request.endpoint);
  add_part(key, request.method);
  add_part(key, normal_path(request.path));
  for (const auto index : request.covers) key.append(1, ',').append(std::to_string(index));
  return key;
}

Match match(const CapturedStep& recorded, const std::vector<ConnectorRequest>& asked) {
  // A reply is there for each of them only where the recorded step was whole.
  const std::size_t count = std::min(recorded.requests.size(), recorded.replies.size());
  std::map<std::string, std::vector<std::size_t>> left;
  for (std::size_t i = 0; i < count; ++i) left[key_of(recorded.requests[i])].push_back(i);
  Match out;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto found = left.find(key_of(asked[i]));
    if (found == left.end() || found->second.empty()) {
      out.without = i;
      return out;
    }
    auto& places = found->second;
    auto same = std::find_if(places.begin(), places.end(), [&](std::size_t place) {
      return recorded.requests[place].body == asked[i].body;
    });
    if (same == places.end()) same = places.begin();
    out.places.push_back(*same);
    places.erase(same);
  }
  return out;
}

}  // namespace tenon::shadow
