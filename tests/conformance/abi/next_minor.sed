# Makes tomorrow's header out of today's: the next minor, with something lawful appended everywhere.
s/^#define TENON_ABI_MINOR 0u/#define TENON_ABI_MINOR 1u/
/^TENON_STATIC_ASSERT(sizeof(tenon_/d
s/^} tenon_\(record\|response\|inbound\|call\|secret_ref\|request\|outcome\|emit\|hint\);/  uint64_t later;\n&/
s/^} tenon_\(sink\|host\|connector\);/  tenon_status (*later)(tenon_str what);\n&/
s/^  TENON_UNRESOLVED = 0,/  TENON_LATER = 7,\n&/
