// The connector inbound in a later release, which nothing in a body hangs or crashes.
#define TENON_TEST_MENDED
#include "inbound.cpp"
