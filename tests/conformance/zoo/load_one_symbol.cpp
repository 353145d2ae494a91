// load_one_symbol: exports a second symbol.
#include "base.hpp"

extern "C" TENON_EXPORT int tenon_debug_level() { return 0; }

TENON_CONNECTOR(zoo::Base)
