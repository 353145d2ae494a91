// libarchive, from and to memory only.
#include "packages/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>

namespace tenon::packages {
namespace {

constexpr int kMode = 0644;

struct ReadDone {
  void operator()(archive* one) const { archive_read_free(one); }
};
struct WriteDone {
  void operator()(archive* one) const { archive_write_free(one); }
};
struct EntryDone {
  void operator()(archive_entry* one) const { archive_entry_free(one); }
};

la_ssize_t append(archive*, void* to, const void* bytes, std::size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

Error broken(archive* one) {
  const char* why = archive_error_string(one);
  return corrupt("wanted a whole package, found damage in its archive (" +
                 std::string(why == nullptr ? "no reason given" : why) + "); fetch it again");
}

Error in_entry(std::string_view name, std::string text) {
  return invalid(std::move(text), std::string(name));
}

// Its name once it is known to be harmless.
Result<std::string> name_of(archive_entry* entry, const std::vector<PackedFile>& before) {
  const char* raw = archive_entry_pathname(entry);
  if (raw == nullptr) return corrupt("wanted a name of an entry, found none that can be read");
  std::string name(raw);
  TENON_TRY(check_name(name));
  if (archive_entry_hardlink(entry) != nullptr || archive_entry_filetype(entry) != AE_IFREG) {
    return in_entry(name, "wanted an ordinary file, found a link, a folder or a device");
  }
  for (const auto& other : before) {
    if (other.name == name) return in_entry(name, "wanted each file once, found it twice");
  }
  return name;
}

Result<std::string> content_of(archive* one, archive_entry* entry, const std::string& name,
                               std::uint64_t room) {
  const auto size = archive_entry_size(entry);
  if (archive_entry_size_is_set(entry) == 0 || size < 0) {
    return in_entry(name, "wanted an entry with a size, found none");
  }
  const std::uint64_t most = std::min(room, most_bytes_of(name));
  if (static_cast<std::uint64_t>(size) > most) {
    return in_entry(
        name, "wanted at most " + std::to_string(most) + " bytes, found " + std::to_string(size));
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const auto n = archive_read_data(one, bytes.data() + got, bytes.size() - got);
    if (n < 0) return broken(one);
    if (n == 0) return corrupt("wanted a whole package, found an entry cut short", name);
    got += static_cast<std::size_t>(n);
  }
  return bytes;
}

}  // namespace

Result<std::string> write_tar(const std::vector<PackedFile>& files) {
  std::string out;
  const std::unique_ptr<archive, WriteDone> writer(archive_write_new());
  const std::unique_ptr<archive_entry, EntryDone> entry(archive_entry_new());
  if (!writer || !entry) return unavailable("libarchive has no memory");
  archive* const to = writer.get();
  if (archive_write_set_format_ustar(to) != ARCHIVE_OK ||
      archive_write_add_filter_none(to) != ARCHIVE_OK ||
      archive_write_set_bytes_in_last_block(to, 1) != ARCHIVE_OK ||
      archive_write_open(to, &out, nullptr, &append, nullptr) != ARCHIVE_OK) {
    return broken(to);
  }
  for (const auto& file : files) {
    archive_entry* const head = archive_entry_clear(entry.get());
    archive_entry_set_pathname(head, file.name.c_str());
    archive_entry_set_filetype(head, AE_IFREG);
    archive_entry_set_perm(head, kMode);
    archive_entry_set_size(head, static_cast<la_int64_t>(file.bytes.size()));
    archive_entry_set_mtime(head, 0, 0);
    archive_entry_set_uid(head, 0);
    archive_entry_set_gid(head, 0);
    if (archive_write_header(to, head) != ARCHIVE_OK ||
        archive_write_data(to, file.bytes.data(), file.bytes.size()) !=
            static_cast<la_ssize_t>(file.bytes.size())) {
      return broken(to);
    }
  }
  if (archive_write_close(to) != ARCHIVE_OK) return broken(to);
  return out;
}

Result<std::vector<PackedFile>> read_tar(std::string_view bytes) {
  const std::unique_ptr<archive, ReadDone> reader(archive_read_new());
  if (!reader) return unavailable("libarchive has no memory");
  archive* const from = reader.get();
  if (archive_read_support_format_tar(from) != ARCHIVE_OK ||
      archive_read_open_memory(from, bytes.data(), bytes.size()) != ARCHIVE_OK) {
    return broken(from);
  }
  std::vector<PackedFile> files;
  std::uint64_t room = kMaxContentBytes;
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(from, &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK) return broken(from);
    if (files.size() == kMaxEntries) {
      return invalid("wanted at most " + std::to_string(kMaxEntries) + " files, found more");
    }
    PackedFile file;
    TENON_TRY_AS(file.name, name_of(entry, files));
    TENON_TRY_AS(file.bytes, content_of(from, entry, file.name, room));
    room -= file.bytes.size();
    files.push_back(std::move(file));
  }
  const bool sorted = std::is_sorted(files.begin(), files.end(),
                                     [](const auto& a, const auto& b) { return a.name < b.name; });
  TENON_TRY_AS(const std::string again, write_tar(files));
  if (!sorted || again != bytes) {
    return corrupt(
        "wanted an archive as tenon connector pack writes it (sorted, without owners, times and "
        "attributes), found another form; pack it with tenon connector pack");
  }
  return files;
}

}  // namespace tenon::packages
