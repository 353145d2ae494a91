// Walking DWARF by libdw.
#include "abi/read_layout.hpp"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <tuple>

namespace tenon::abi {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

std::string name_of(Dwarf_Die& die) {
  const char* name = dwarf_diename(&die);
  return name == nullptr ? std::string() : name;
}

std::uint64_t number(Dwarf_Die& die, unsigned attribute, std::uint64_t otherwise) {
  Dwarf_Attribute found;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, attribute, &found) == nullptr) return otherwise;
  return dwarf_formudata(&found, &value) == 0 ? value : otherwise;
}

// The type that `die` speaks of; false for void.
bool type_of(Dwarf_Die& die, Dwarf_Die& type) {
  Dwarf_Attribute found;
  return dwarf_attr(&die, DW_AT_type, &found) != nullptr &&
         dwarf_formref_die(&found, &type) != nullptr;
}

template <typename Each>
void children(Dwarf_Die& parent, const Each& each) {
  Dwarf_Die child;
  if (dwarf_child(&parent, &child) != 0) return;
  do {
    each(child);
  } while (dwarf_siblingof(&child, &child) == 0);
}

std::string spelled(Dwarf_Die& owner);

std::string spelled_base(Dwarf_Die& type) {
  const auto bits = std::to_string(8 * number(type, DW_AT_byte_size, 0));
  switch (number(type, DW_AT_encoding, 0)) {
    case DW_ATE_signed_char:
    case DW_ATE_unsigned_char: return "char";
    case DW_ATE_signed: return "int" + bits;
    case DW_ATE_unsigned: return "uint" + bits;
    default: return name_of(type);  // a float or bool: told as it is, for the reader to frown at
  }
}

std::string spelled_function(Dwarf_Die& type) {
  std::string text = spelled(type) + " (";
  children(type, [&](Dwarf_Die& parameter) {
    if (dwarf_tag(&parameter) == DW_TAG_unspecified_parameters) text += "..., ";
    if (dwarf_tag(&parameter) == DW_TAG_formal_parameter) text += spelled(parameter) + ", ";
  });
  if (text.ends_with(", ")) text.resize(text.size() - 2);
  return text + ")";
}

// The type of `owner` in words that are the same for C and C++, gcc and clang.
std::string spelled(Dwarf_Die& owner) {
  Dwarf_Die type;
  if (!type_of(owner, type)) return "void";
  switch (dwarf_tag(&type)) {
    case DW_TAG_base_type: return spelled_base(type);
    case DW_TAG_typedef: return spelled(type);
    case DW_TAG_const_type: return "const " + spelled(type);
    case DW_TAG_pointer_type: {
      Dwarf_Die to;
      if (type_of(type, to) && dwarf_tag(&to) == DW_TAG_subroutine_type) return spelled(type);
      return spelled(type) + "*";
    }
    case DW_TAG_subroutine_type: return spelled_function(type);
    case DW_TAG_structure_type: return name_of(type);
    case DW_TAG_array_type: {
      std::string text = spelled(type);
      children(type, [&](Dwarf_Die& range) {
        const auto upper = number(range, DW_AT_upper_bound, ~std::uint64_t{0});
        text += "[" + std::to_string(number(range, DW_AT_count, upper + 1)) + "]";
      });
      return text;
    }
    default: refuse(name_of(owner) + ": a type that no ABI may hold (union, named enum, volatile)");
  }
}

std::uint64_t size_of_type(Dwarf_Die& owner) {
  Dwarf_Die type;
  Dwarf_Word size = 0;
  if (!type_of(owner, type) || dwarf_aggregate_size(&type, &size) != 0) {
    refuse(name_of(owner) + ": a field without a size");
  }
  return size;
}

Struct read_struct(Dwarf_Die& die) {
  Struct out;
  out.name = name_of(die);
  out.size = number(die, DW_AT_byte_size, 0);
  children(die, [&](Dwarf_Die& member) {
    if (dwarf_tag(&member) != DW_TAG_member) return;
    const std::string place = out.name + "." + name_of(member);
    if (dwarf_hasattr(&member, DW_AT_data_bit_offset) || dwarf_hasattr(&member, DW_AT_bit_size)) {
      refuse(place + ": wanted a field of whole bytes, found a bit-field");
    }
    out.fields.push_back({name_of(member), spelled(member),
                          number(member, DW_AT_data_member_location, 0), size_of_type(member)});
  });
  return out;
}

// Of an enum's type: DW_FORM_data1 alone does not tell 200 from -56.
bool is_unsigned(Dwarf_Die& enumeration) {
  Dwarf_Die type;
  if (dwarf_hasattr(&enumeration, DW_AT_encoding) || !type_of(enumeration, type)) {
    return number(enumeration, DW_AT_encoding, 0) == DW_ATE_unsigned;
  }
  return number(type, DW_AT_encoding, 0) == DW_ATE_unsigned;
}

std::int64_t constant(Dwarf_Die& enumeration, Dwarf_Die& die) {
  Dwarf_Attribute found;
  Dwarf_Sword value = 0;
  Dwarf_Word large = 0;
  if (dwarf_attr(&die, DW_AT_const_value, &found) == nullptr) {
    refuse(name_of(die) + ": an enumerator without a value");
  }
  if (is_unsigned(enumeration)) {
    dwarf_formudata(&found, &large);
    return static_cast<std::int64_t>(large);
  }
  dwarf_formsdata(&found, &value);
  return value;
}

// Does one of our headers declare it? The system's do not count.
bool is_promised(Dwarf_Die& die) {
  const char* declared = dwarf_decl_file(&die);
  const std::string_view path = declared == nullptr ? "" : declared;
  if (path.find("/tenon/ext/draft/") != std::string_view::npos) {
    refuse(name_of(die) + ": declared in " + std::string(path) +
           ": a promised header must not include a draft");
  }
  const auto slash = path.rfind('/');
  const auto folder = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  return folder.ends_with("/tenon") || folder.ends_with("/tenon/ext");
}

// Declared things sort by header, then by line.
struct Declared {
  std::string file;
  int line = 0;
  Dwarf_Die die;
  explicit Declared(Dwarf_Die& of) : file(dwarf_decl_file(&of)), die(of) {
    dwarf_decl_line(&of, &line);
  }
};

// Macros that are part of the contract. Guards say nothing, the minor is told by itself, and the
// static assertion is a matter of the language.
bool is_promised_macro(std::string_view name) {
  return name.starts_with("TENON_") && !name.ends_with("_H") && name != "TENON_ABI_MINOR" &&
         !name.starts_with("TENON_STATIC_ASSERT(");
}

// Walks the macros of a unit, those of its headers too.
class Macros {
 public:
  Macros(Dwarf* dwarf, std::vector<Macro>& out) : dwarf_(dwarf), out_(out) {}

  void unit(Dwarf_Die& die) {
    if (dwarf_getmacros(&die, &Macros::take, this, DWARF_GETMACROS_START) < 0) fail();
  }

 private:
  [[noreturn]] static void fail() {
    refuse(std::string("wanted macros in the debug information (-g3), found ") + dwarf_errmsg(-1));
  }

  static int take(Dwarf_Macro* macro, void* given) {
    auto& me = *static_cast<Macros*>(given);
    unsigned opcode = 0;
    Dwarf_Attribute attribute;
    if (dwarf_macro_opcode(macro, &opcode) != 0) fail();
    if (opcode == DW_MACRO_import) {
      Dwarf_Word at = 0;
      if (dwarf_macro_param(macro, 0, &attribute) != 0 || dwarf_formudata(&attribute, &at) != 0 ||
          dwarf_getmacros_off(me.dwarf_, static_cast<Dwarf_Off>(at), &Macros::take, given,
                              DWARF_GETMACROS_START) < 0) {
        fail();
      }
    } else if (opcode == DW_MACRO_define || opcode == DW_MACRO_define_strp ||
               opcode == DW_MACRO_define_strx) {
      const char* text =
          dwarf_macro_param(macro, 1, &attribute) == 0 ? dwarf_formstring(&attribute) : nullptr;
      if (text == nullptr) fail();
      me.take_definition(text);
    }
    return DWARF_CB_OK;
  }

  // "NAME text" or "NAME(a,b) text".
  void take_definition(std::string_view definition) {
    const auto blank = definition.find(' ');
    const auto name = definition.substr(0, blank);
    if (!is_promised_macro(name)) return;
    const auto text =
        blank == std::string_view::npos ? std::string_view() : definition.substr(blank + 1);
    out_.push_back({std::string(name), std::string(text)});
  }

  Dwarf* dwarf_;
  std::vector<Macro>& out_;
};

class Reading {
 public:
  explicit Reading(Dwarf* dwarf) : dwarf_(dwarf) {}

  void unit(Dwarf_Die& die) {
    children(die, [&](Dwarf_Die& child) { take(child); });
    Macros(dwarf_, out_.macros).unit(die);
  }

  Layout finish() {
    const auto before = [](const Declared& a, const Declared& b) {
      // tenon.h first: it is what the others build on.
      const auto key = [](const Declared& d) {
        return std::tuple(!d.file.ends_with("/tenon.h"), d.file, d.line);
      };
      return key(a) < key(b);
    };
    std::stable_sort(structs_.begin(), structs_.end(), before);
    std::stable_sort(enums_.begin(), enums_.end(), before);
    for (auto& one : structs_) out_.structs.push_back(read_struct(one.die));
    for (auto& one : enums_) {
      std::string first;
      children(one.die, [&](Dwarf_Die& value) {
        if (first.empty()) first = name_of(value);
        out_.values.push_back({name_of(value), constant(one.die, value), first});
      });
    }
    return std::move(out_);
  }

 private:
  void take(Dwarf_Die& die) {
    const int tag = dwarf_tag(&die);
    if (tag == DW_TAG_subprogram) return take_function(die);
    if (tag == DW_TAG_enumeration_type && take_probe(die)) return;
    if (tag != DW_TAG_structure_type && tag != DW_TAG_enumeration_type &&
        tag != DW_TAG_union_type) {
      return;
    }
    if (!is_promised(die)) return;
    if (tag == DW_TAG_union_type) refuse("union " + name_of(die) + ": no ABI may hold one");
    if (tag == DW_TAG_enumeration_type) return enums_.push_back(Declared(die));
    if (dwarf_hasattr(&die, DW_AT_declaration)) return;  // opaque on purpose
    if (name_of(die).empty()) refuse("a struct without a name: write `typedef struct x {} x`");
    structs_.push_back(Declared(die));
  }

  // The probe defines or uses what the headers declare, and no other function.
  void take_function(Dwarf_Die& die) {
    if (dwarf_hasattr(&die, DW_AT_external)) {
      out_.functions.push_back({name_of(die), spelled_function(die)});
    }
  }

  // The probe's own enum hands on what are macros in the headers.
  bool take_probe(Dwarf_Die& die) {
    bool is_probe = false;
    children(die, [&](Dwarf_Die& value) {
      const bool major = name_of(value) == "abi_probe_major";
      if (!major && name_of(value) != "abi_probe_minor") return;
      (major ? out_.major : out_.minor) = static_cast<std::uint32_t>(constant(die, value));
      is_probe = true;
    });
    return is_probe;
  }

  Dwarf* dwarf_;
  Layout out_;
  std::vector<Declared> structs_, enums_;
};

}  // namespace

Layout read_layout(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) refuse(file + ": cannot be read");
  const std::unique_ptr<const int, void (*)(const int*)> closing(&fd,
                                                                 [](const int* n) { ::close(*n); });
  const std::unique_ptr<Dwarf, int (*)(Dwarf*)> dwarf(dwarf_begin(fd, DWARF_C_READ), &dwarf_end);
  if (!dwarf) refuse(file + ": wanted debug information, found " + dwarf_errmsg(-1));
  Reading reading(dwarf.get());
  Dwarf_Off at = 0, next = 0;
  std::size_t header = 0;
  while (dwarf_nextcu(dwarf.get(), at, &next, &header, nullptr, nullptr, nullptr) == 0) {
    Dwarf_Die unit;
    if (dwarf_offdie(dwarf.get(), at + header, &unit) != nullptr) reading.unit(unit);
    at = next;
  }
  Layout layout = reading.finish();
  if (layout.structs.empty() || layout.major == 0) {
    refuse(file + ": wanted the layout of tenon.h, found none; was it built from the probe?");
  }
  return layout;
}

}  // namespace tenon::abi
