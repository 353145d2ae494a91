// zlib, chunk by chunk, stopping at the first byte too many.
#include "ingest/decode.hpp"

#include <zlib.h>

#include <algorithm>

#include "base/ascii.hpp"

namespace tenon {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr int kGzip = 15 + 16, kZlib = 15, kBareDeflate = -15;

class Inflater {
 public:
  explicit Inflater(int window_bits) { ok_ = inflateInit2(&stream_, window_bits) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ok_) inflateEnd(&stream_);
  }
  bool ok() const { return ok_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ok_ = false;
};

Error grows_too_large(std::size_t max_bytes) {
  return limited(
      "wanted at most " + std::to_string(max_bytes) + " bytes after decompression, found more", {});
}

Error damaged(std::string_view what, std::string_view coding) {
  return invalid("wanted a whole " + std::string(coding) + " body, found " + std::string(what));
}

bool is_bomb(std::size_t in, std::size_t out) {
  return out > kFreeInflateBytes && out / kMaxInflateRatio > in;
}

Result<std::string> inflate_body(std::string_view body, std::string_view coding, int window_bits,
                                 std::size_t max_bytes) {
  Inflater inflater(window_bits);
  if (!inflater.ok()) return unavailable("no memory to decompress");
  z_stream& z = inflater.stream();
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  z.avail_in = static_cast<uInt>(body.size());
  std::string out;
  std::size_t filled = 0;
  while (true) {
    // One byte more than allowed, so that "too large" is seen and nothing beyond is made.
    const std::size_t room = std::min(kChunkBytes, max_bytes + 1 - filled);
    out.resize(filled + room);
    z.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    z.avail_out = static_cast<uInt>(room);
    const int status = inflate(&z, Z_NO_FLUSH);
    filled += room - z.avail_out;
    if (filled > max_bytes) return grows_too_large(max_bytes);
    if (is_bomb(body.size() - z.avail_in, filled)) {
      return limited("wanted a body that grows at most " + std::to_string(kMaxInflateRatio) +
                         " times when decompressed, found more",
                     {});
    }
    if (status == Z_STREAM_END) {
      if (z.avail_in == 0) break;
      // Further members of a gzip file follow one another.
      if (window_bits != kGzip || inflateReset(&z) != Z_OK) {
        return damaged("bytes after its end", coding);
      }
    } else if (status == Z_BUF_ERROR || (status == Z_OK && z.avail_in == 0 && z.avail_out != 0)) {
      return damaged("an end in the middle", coding);
    } else if (status != Z_OK) {
      return damaged("damaged data", coding);
    }
  }
  out.resize(filled);
  return out;
}

}  // namespace

std::string media_type_of(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  return type;
}

Result<std::string> decode_body(std::string body, std::string_view coding, std::size_t max_bytes) {
  const std::string name = lower(coding);
  if (name.empty() || name == "identity") {
    if (body.size() > max_bytes) {
      return limited("wanted a body of at most " + std::to_string(max_bytes) + " bytes, found " +
                         std::to_string(body.size()),
                     {});
    }
    return body;
  }
  if (name == "gzip" || name == "x-gzip") return inflate_body(body, "gzip", kGzip, max_bytes);
  if (name == "deflate") {
    auto wrapped = inflate_body(body, "deflate", kZlib, max_bytes);
    if (wrapped || wrapped.error().kind != ErrorKind::invalid) return wrapped;
    return inflate_body(body, "deflate", kBareDeflate, max_bytes);
  }
  return unsupported("wanted Content-Encoding gzip, deflate or identity, found \"" +
                     name.substr(0, 64) + "\"");
}

}  // namespace tenon
