// JSON over simdjson: its parser and tape, and beside them where in the text each value stands.
#include "event/json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/assert.hpp"

namespace tenon {
namespace {

namespace dom = simdjson::dom;
using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

// The parsed text and its tape. `spans[i]` says where the value of tape place i stands in `text`.
struct Document {
  struct Span {
    std::uint32_t begin = 0, end = 0;
  };
  dom::document tape;
  std::string text;
  std::vector<Span> spans;
};

const Document& document_of(const void* document) {
  return *static_cast<const Document*>(document);
}
tape_ref ref(const void* document, std::size_t index) {
  return {&document_of(document).tape, index};
}
bool ends_scope(tape_type type) {
  return type == tape_type::END_ARRAY || type == tape_type::END_OBJECT;
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

JsonKind JsonView::kind() const {
  if (document_ == nullptr) return JsonKind::null;
  switch (ref(document_, index_).tape_ref_type()) {
    case tape_type::START_OBJECT: return JsonKind::object;
    case tape_type::START_ARRAY: return JsonKind::array;
    case tape_type::STRING: return JsonKind::string;
    case tape_type::INT64:
    case tape_type::UINT64:
    case tape_type::DOUBLE: return JsonKind::number;
    case tape_type::TRUE_VALUE:
    case tape_type::FALSE_VALUE: return JsonKind::boolean;
    default: return JsonKind::null;
  }
}

std::optional<bool> JsonView::as_bool() const {
  if (!is(JsonKind::boolean)) return std::nullopt;
  return ref(document_, index_).is_true();
}

std::optional<std::string_view> JsonView::as_string() const {
  if (!is(JsonKind::string)) return std::nullopt;
  return ref(document_, index_).get_string_view();
}

std::optional<std::int64_t> JsonView::as_int() const {
  if (document_ == nullptr || !ref(document_, index_).is_int64()) return std::nullopt;
  return ref(document_, index_).next_tape_value<std::int64_t>();
}

std::optional<double> JsonView::as_double() const {
  if (!is(JsonKind::number)) return std::nullopt;
  const tape_ref at = ref(document_, index_);
  if (at.is_double()) return at.next_tape_value<double>();
  if (at.is_int64()) return static_cast<double>(at.next_tape_value<std::int64_t>());
  return static_cast<double>(at.next_tape_value<std::uint64_t>());
}

void JsonView::visit_members(VisitMember call, void* visit) const {
  if (!is(JsonKind::object)) return;
  for (std::size_t at = index_ + 1; !ends_scope(ref(document_, at).tape_ref_type());) {
    const std::string_view name = ref(document_, at).get_string_view();
    if (!call(visit, name, JsonView(document_, at + 1))) return;
    at = ref(document_, at + 1).after_element();
  }
}

void JsonView::visit_items(VisitItem call, void* visit) const {
  if (!is(JsonKind::array)) return;
  for (std::size_t at = index_ + 1; !ends_scope(ref(document_, at).tape_ref_type());) {
    if (!call(visit, JsonView(document_, at))) return;
    at = ref(document_, at).after_element();
  }
}

std::optional<JsonView> JsonView::member(std::string_view name) const {
  std::optional<JsonView> found;
  each_member([&](std::string_view key, JsonView value) {
    if (key == name) found = value;
    return !found;
  });
  return found;
}

namespace {

// "~1" and "~0" of RFC 6901 undone; nothing where '~' is followed by anything else.
std::optional<std::string> pointer_token(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out.push_back(token[i]);
    } else if (++i < token.size() && (token[i] == '0' || token[i] == '1')) {
      out.push_back(token[i] == '0' ? '~' : '/');
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::optional<JsonView> item(JsonView array, std::string_view token) {
  std::size_t wanted = 0;
  const auto end = token.data() + token.size();
  const auto parsed = std::from_chars(token.data(), end, wanted);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  if (token.size() > 1 && token[0] == '0') return std::nullopt;
  std::optional<JsonView> found;
  array.each_item([&](JsonView value) {
    if (wanted-- == 0) found = value;
    return !found;
  });
  return found;
}

}  // namespace

std::optional<JsonView> JsonView::at(std::string_view pointer) const {
  std::optional<JsonView> here = *this;
  while (!pointer.empty()) {
    if (pointer[0] != '/') return std::nullopt;
    pointer.remove_prefix(1);
    const std::size_t length = std::min(pointer.find('/'), pointer.size());
    const auto token = pointer_token(pointer.substr(0, length));
    pointer.remove_prefix(length);
    if (!token) return std::nullopt;
    here = here->is(JsonKind::array) ? item(*here, *token) : here->member(*token);
    if (!here) return std::nullopt;
  }
  return here;
}

std::size_t JsonView::size() const {
  std::size_t count = 0;
  each_member([&](std::string_view, JsonView) { return ++count != 0; });
  each_item([&](JsonView) { return ++count != 0; });
  return count;
}

std::string_view JsonView::source() const {
  if (document_ == nullptr) return "null";
  const Document& document = document_of(document_);
  const Document::Span span = document.spans[index_];
  return std::string_view(document.text).substr(span.begin, span.end - span.begin);
}

int JsonView::depth() const {
  const JsonKind kind = this->kind();
  if (kind != JsonKind::array && kind != JsonKind::object) return 0;
  int level = 0, deepest = 0;
  std::size_t at = index_;
  do {
    const auto type = ref(document_, at).tape_ref_type();
    if (type == tape_type::START_ARRAY || type == tape_type::START_OBJECT) {
      deepest = std::max(deepest, ++level);
    } else if (ends_scope(type)) {
      --level;
    } else if (type == tape_type::INT64 || type == tape_type::UINT64 || type == tape_type::DOUBLE) {
      ++at;  // a number takes two places
    }
    ++at;
  } while (level > 0);
  return deepest;
}

void JsonView::write_to(std::string& out) const {
  const std::string_view text = source();
  const std::size_t before = out.size();
  // Room beyond the end, since the minifier stores whole blocks.
  out.resize(before + text.size() + simdjson::SIMDJSON_PADDING);
  std::size_t length = 0;
  const auto error = simdjson::minify(text.data(), text.size(), out.data() + before, length);
  TENON_ASSERT(error == simdjson::SUCCESS);
  out.resize(before + length);
}

std::string JsonView::to_json() const {
  std::string out;
  write_to(out);
  return out;
}

namespace {

// Only for texts that simdjson refused: finds the byte at which the mistake shows.
class MistakeFinder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t read, const std::string&,
                   const nlohmann::detail::exception&) override {
    offset = read == 0 ? 0 : read - 1;
    return false;
  }
  std::optional<std::size_t> offset;
};

std::string_view what_is_wrong(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY: return "nothing";
    case simdjson::UTF8_ERROR: return "bytes that are not UTF-8";
    case simdjson::STRING_ERROR: return "a string with a wrong escape";
    case simdjson::UNESCAPED_CHARS: return "a string with a bare control character";
    case simdjson::UNCLOSED_STRING: return "a string that does not end";
    case simdjson::NUMBER_ERROR: return "a number that is malformed or out of range";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR: return "a word that is not true, false or null";
    case simdjson::CAPACITY: return "a text that is too long";
    case simdjson::MEMALLOC: return "a text for which memory does not suffice";
    default: return "something else";
  }
}

Error mistake(simdjson::error_code code, std::string_view text) {
  std::string message = "wanted JSON, found " + std::string(what_is_wrong(code));
  MistakeFinder finder;
  (void)nlohmann::json::sax_parse(text, &finder);
  if (finder.offset) {
    message += " at byte " + std::to_string(std::min(*finder.offset, text.size()));
  }
  return invalid(std::move(message));
}

Error too_deep(std::size_t offset, int max_depth) {
  return invalid("wanted at most " + std::to_string(max_depth) +
                 " levels of nesting, found more at byte " + std::to_string(offset));
}

}  // namespace

struct JsonParser::Impl {
  dom::parser parser;
  Document document;
  std::string patched;                     // the text with long numbers respelled, if any
  std::vector<std::uint32_t> structurals;  // where tokens begin in document.text

  simdjson::error_code read(std::string& text);
  void keep_structurals();
  bool respell_long_numbers();
  std::optional<std::size_t> first_deeper_than(int max_depth) const;
  void place_values();
};

simdjson::error_code JsonParser::Impl::read(std::string& text) {
  const std::size_t length = text.size();
  text.append(simdjson::SIMDJSON_PADDING, ' ');
  const auto parsed = parser.parse_into_document(
      document.tape, reinterpret_cast<const std::uint8_t*>(text.data()), length, false);
  text.resize(length);
  return parsed.error();
}

void JsonParser::Impl::keep_structurals() {
  const auto* first = parser.implementation->structural_indexes.get();
  structurals.assign(first, first + parser.implementation->n_structural_indexes);
}

// simdjson refuses whole numbers beyond 64 bits, JSON does not: as "NUMBERe0" they are doubles to
// it. The tokens stay the same in kind and order, so values are still found in the first text.
bool JsonParser::Impl::respell_long_numbers() {
  constexpr std::size_t kSafeDigits = 18;
  keep_structurals();
  patched.clear();
  std::size_t copied = 0;
  const std::string& text = document.text;
  for (const std::uint32_t begin : structurals) {
    const std::size_t digits = text[begin] == '-' ? begin + 1u : begin;
    const std::size_t end = std::min(text.find_first_not_of("0123456789", digits), text.size());
    if (end - digits <= kSafeDigits || text[digits] == '0') continue;
    if (end < text.size() && !is_space(text[end]) && text[end] != ',' && text[end] != ']' &&
        text[end] != '}') {
      continue;
    }
    patched.append(text, copied, end - copied).append("e0");
    copied = end;
  }
  if (copied == 0) return false;
  patched.append(text, copied);
  return true;
}

std::optional<std::size_t> JsonParser::Impl::first_deeper_than(int max_depth) const {
  int depth = 0;
  for (const std::uint32_t at : structurals) {
    const char c = document.text[at];
    if (c == '{' || c == '[') {
      if (++depth > max_depth) return at;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return std::nullopt;
}

// Tokens other than ':' and ',' are, in order, the entries of the tape.
void JsonParser::Impl::place_values() {
  const std::string& text = document.text;
  auto& spans = document.spans;
  spans.clear();
  spans.resize(1);  // the tape begins with its root
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < structurals.size(); ++i) {
    const std::uint32_t begin = structurals[i];
    const char c = text[begin];
    if (c == ':' || c == ',') continue;
    std::size_t end = i + 1 < structurals.size() ? structurals[i + 1] : text.size();
    if (c == '}' || c == ']') {
      end = begin + 1;
      spans[open.back()].end = begin + 1;
      open.pop_back();
    } else if (c == '{' || c == '[') {
      open.push_back(spans.size());
    } else {
      while (is_space(text[end - 1])) --end;
    }
    spans.push_back({begin, static_cast<std::uint32_t>(end)});
    const bool number = c == '-' || (c >= '0' && c <= '9');
    if (number) spans.emplace_back();  // a number takes two places
  }
}

JsonParser::JsonParser() : impl_(std::make_unique<Impl>()) {}
JsonParser::~JsonParser() = default;
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;

Result<JsonView> JsonParser::parse(std::string_view text, int max_depth) {
  TENON_ASSERT(max_depth >= 0 && max_depth <= kMaxParserDepth);
  Impl& impl = *impl_;
  impl.document.text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  impl.document.text.assign(text);
  auto error = impl.read(impl.document.text);
  bool respelled = false;
  if (error == simdjson::NUMBER_ERROR && impl.respell_long_numbers()) {
    respelled = true;
    error = impl.read(impl.patched);
  }
  if (error == simdjson::DEPTH_ERROR) {
    if (!respelled) impl.keep_structurals();
    return too_deep(impl.first_deeper_than(max_depth).value_or(0), max_depth);
  }
  if (error != simdjson::SUCCESS) return mistake(error, text);
  if (!respelled) impl.keep_structurals();
  if (const auto place = impl.first_deeper_than(max_depth)) return too_deep(*place, max_depth);
  impl.place_values();
  return JsonView(&impl.document, 1);
}

bool is_utf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

void append_json_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out.append("\\u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
    }
  }
  out.append(text, copied).push_back('"');
}

}  // namespace tenon
