// zlib at its fastest level: captures are written far more often than read.
#include "backends/capture_store/squeeze.hpp"

#include <zlib.h>

#include "base/assert.hpp"

namespace tenon {

std::string squeezed(std::string_view text) {
  std::string out(::compressBound(text.size()), '\0');
  uLongf size = out.size();
  const int failed =
      ::compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                  reinterpret_cast<const Bytef*>(text.data()), text.size(), Z_BEST_SPEED);
  TENON_ASSERT(failed == Z_OK);  // the room is enough; the rest is memory
  out.resize(size);
  return out;
}

Result<std::string> released(std::string_view bytes, std::size_t most) {
  std::string out;
  z_stream stream{};
  if (::inflateInit(&stream) != Z_OK) return corrupt("no memory to read a capture");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int state = Z_OK;
  while (state == Z_OK && out.size() <= most) {
    char part[64 * 1024];
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    state = ::inflate(&stream, Z_NO_FLUSH);
    out.append(part, sizeof part - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (state != Z_STREAM_END || out.size() > most) {
    return corrupt("a capture does not unpack, or to more than " + std::to_string(most) + " bytes");
  }
  return out;
}

}  // namespace tenon
