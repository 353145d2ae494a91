// Reading what is pushed.
#include "worker/pushed.hpp"

#include "wire/limits.hpp"

namespace tenon::worker {
namespace {

std::string name_of(const Place& place) {
  if (place.member == nullptr) return place.field;
  const std::string name = std::string(place.field) + "[" + number(place.index) + "]";
  return *place.member == '\0' ? name : name + "." + place.member;
}

}  // namespace

void Pushed::refuse(tenon_status status, const Place& place, const std::string& wanted,
                    const std::string& found) {
  if (!ok()) return;
  status_ = status;
  fault_ = std::string(push_) + "." + name_of(place) + ": wanted " + wanted + ", found " + found;
}

void Pushed::refuse(tenon_status status, const std::string& wanted, const std::string& found) {
  if (!ok()) return;
  status_ = status;
  fault_ = std::string(push_) + ": wanted " + wanted + ", found " + found;
}

bool Pushed::points_to(const void* pushed, std::size_t alignment) {
  if (pushed == nullptr) {
    refuse(TENON_E_INPUT, "a struct", "null");
  } else if (reinterpret_cast<std::uintptr_t>(pushed) % alignment != 0) {
    refuse(TENON_E_INPUT, "a struct aligned to " + number(alignment) + " bytes", "a crooked one");
  }
  return ok();
}

bool Pushed::sized(const Place& place, std::uint32_t found, std::size_t least) {
  within(place, found, least, TENON_MAX_STRUCT);
  return ok();
}

void Pushed::within(const Place& place, std::uint64_t found, std::uint64_t least,
                    std::uint64_t most) {
  if (found >= least && found <= most) return;
  refuse(TENON_E_INPUT, place, number(least) + " to " + number(most), number(found));
}

void Pushed::text(const Place& place, const tenon_str& from, std::string& out) {
  std::string_view view;
  if (!ok()) return;
  if (view_of(from, view)) {
    out.assign(view);
  } else if (from.ptr == nullptr) {
    refuse(TENON_E_INPUT, place, "a pointer to " + number(from.len) + " bytes", "null");
  } else {
    refuse(TENON_E_LIMIT, place, "at most " + number(kMaxStepOutBytes) + " bytes",
           number(from.len));
  }
}

bool Pushed::array(const char* field, const tenon_array& array, std::size_t most, std::size_t size,
                   std::size_t alignment) {
  if (!ok() || array.count == 0) return ok();
  if (array.count > most) {
    refuse(TENON_E_LIMIT, {field}, "at most " + number(most) + " elements", number(array.count));
  } else if (array.data == nullptr) {
    refuse(TENON_E_INPUT, {field}, "a pointer to " + number(array.count) + " elements", "null");
  } else if (array.stride < size || array.stride > TENON_MAX_STRUCT ||
             array.stride % alignment != 0) {
    refuse(TENON_E_INPUT, {field},
           "a stride of " + number(size) + " to " + number(TENON_MAX_STRUCT) + " by " +
               number(alignment),
           number(array.stride));
  } else if (reinterpret_cast<std::uintptr_t>(array.data) % alignment != 0) {
    refuse(TENON_E_INPUT, {field}, "elements aligned to " + number(alignment) + " bytes",
           "crooked ones");
  }
  return ok();
}

void Pushed::pairs(const char* field, const tenon_array& from, std::size_t most, HttpHeaders& out) {
  if (!array(field, from, most, sizeof(tenon_kv), alignof(tenon_kv))) return;
  out.resize(from.count);
  for (std::uint32_t i = 0; i < from.count; ++i) {
    const tenon_kv& pair = *TENON_AT(from, tenon_kv, i);
    text({field, "key", i}, pair.key, out[i].first);
    text({field, "value", i}, pair.value, out[i].second);
  }
}

void Pushed::secrets(const tenon_array& from, std::vector<SecretRef>& out) {
  constexpr std::size_t kLeast = TENON_LEAST(tenon_secret_ref, message);
  if (!array("secrets", from, wire::kMaxRequestSecrets, kLeast, alignof(tenon_secret_ref))) return;
  out.resize(from.count);
  for (std::uint32_t i = 0; i < from.count; ++i) {
    const tenon_secret_ref& ref = *TENON_AT(from, tenon_secret_ref, i);
    if (!sized({"secrets", "size", i}, ref.size, kLeast)) return;
    within({"secrets", "place", i}, ref.place, TENON_PLACE_HEADER, TENON_PLACE_QUERY);
    within({"secrets", "transform", i}, ref.transform, TENON_SECRET_PLAIN,
           TENON_SECRET_HMAC_SHA256_HEX);
    if (!ok()) return;
    out[i].place = static_cast<SecretPlace>(ref.place);
    out[i].index = ref.index;
    out[i].transform = static_cast<SecretTransform>(ref.transform);
    out[i].offset = ref.offset;
    text({"secrets", "slot", i}, ref.slot, out[i].slot);
    text({"secrets", "message", i}, ref.message, out[i].message);
  }
}

void Pushed::covers(const tenon_array& from, std::size_t records, std::vector<std::uint32_t>& out) {
  if (!array("covers", from, records, sizeof(std::uint32_t), alignof(std::uint32_t))) return;
  out.resize(from.count);
  for (std::uint32_t i = 0; i < from.count; ++i) {
    out[i] = *TENON_AT(from, std::uint32_t, i);
    if (out[i] < records) continue;
    return refuse(TENON_E_INPUT, {"covers", "", i}, "an index below " + number(records),
                  number(out[i]));
  }
}

std::string_view name_of(Op op) {
  switch (op) {
    case Op::none: return "create";
    case Op::deliver: return "deliver";
    case Op::pull: return "pull";
    case Op::webhook: return "webhook";
    case Op::readback: return "readback";
    case Op::check: return "check";
  }
  return "an unknown op";
}

bool view_of(const tenon_str& text, std::string_view& out) {
  if (text.len != 0 && text.ptr == nullptr) return false;
  if (text.len > kMaxStepOutBytes) return false;
  out = text.len == 0 ? std::string_view{} : std::string_view(text.ptr, text.len);
  return true;
}

}  // namespace tenon::worker
