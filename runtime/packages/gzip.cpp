// zlib, with what comes out counted while it comes.
#include "packages/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace tenon::packages {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr std::size_t kPart = 256 * 1024;

Bytef* input_of(std::string_view bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // zlib only reads it
}

class Deflater {
 public:
  Deflater() {
    ok = ::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 9,
                        Z_DEFAULT_STRATEGY) == Z_OK;
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() {
    if (ok) ::deflateEnd(&stream);
  }
  z_stream stream{};
  bool ok = false;
};

class Inflater {
 public:
  Inflater() { ok = ::inflateInit2(&stream, kGzipWindow) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ok) ::inflateEnd(&stream);
  }
  z_stream stream{};
  bool ok = false;
};

Error not_whole(const std::string& found) {
  return corrupt("wanted a package (.tenonpkg, a gzip file), found " + found + "; fetch it again");
}

}  // namespace

Result<std::string> squeeze(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<uInt>::max() / 2) return invalid("too many bytes to pack");
  Deflater deflater;
  if (!deflater.ok) return unavailable("zlib has no memory");
  auto& stream = deflater.stream;
  std::string out(::deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (::deflate(&stream, Z_FINISH) != Z_STREAM_END) return unavailable("zlib does not pack this");
  out.resize(stream.total_out);
  return out;
}

Result<std::string> inflate(std::string_view bytes, std::uint64_t most) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) return invalid("too many bytes to unpack");
  Inflater inflater;
  if (!inflater.ok) return unavailable("zlib has no memory");
  auto& stream = inflater.stream;
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    const std::size_t before = out.size();
    out.resize(before + kPart);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = kPart;
    status = ::inflate(&stream, Z_NO_FLUSH);
    const std::size_t free = std::min<std::size_t>(stream.avail_out, kPart);
    out.resize(before + kPart - free);
    if (status == Z_MEM_ERROR) return unavailable("zlib has no memory");
    if (status == Z_BUF_ERROR || (status == Z_OK && out.size() == before)) {
      return not_whole("one that is cut short");
    }
    if (status != Z_OK && status != Z_STREAM_END) return not_whole("other or damaged bytes");
    if (out.size() > most) {
      return invalid("wanted a package of at most " + std::to_string(most) +
                     " bytes unpacked, found more");
    }
    if (out.size() > kRatioFrom && out.size() / kMaxRatio > stream.total_in) {
      return not_whole("more than " + std::to_string(kMaxRatio) +
                       " bytes unpacked for each packed one, as in a decompression bomb");
    }
  }
  if (stream.avail_in > 0) {
    return not_whole(std::to_string(stream.avail_in) + " bytes behind its end");
  }
  return out;
}

}  // namespace tenon::packages
