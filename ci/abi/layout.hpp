// Layout: what a compiler made of the ABI's headers, as values; Fact: one line of the table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::abi {

struct Field {
  std::string name, type;
  std::uint64_t offset = 0, size = 0;
};

struct Struct {
  std::string name;
  std::uint64_t size = 0;
  std::vector<Field> fields;
  // A struct may grow if it begins with its own size; all others are frozen for ever.
  bool may_grow() const { return !fields.empty() && fields.front().name == "size"; }
};

struct Value {
  std::string name;
  std::int64_t value = 0;
  std::string of;  // its enum, which has no name: that of the first enumerator
};

struct Function {
  std::string name, type;
};

struct Macro {
  std::string name, text;  // name: with its parameters
};

struct Layout {
  std::uint32_t major = 0, minor = 0;
  // Each in the order of the headers.
  std::vector<Struct> structs;
  std::vector<Value> values;
  std::vector<Function> functions;
  std::vector<Macro> macros;
};

}  // namespace tenon::abi
