// What the host must say of a lie, a push or a request: that it is refused for this and nothing
// else.
#include <map>

#include "hostile/cases.hpp"

namespace hostile {

std::string_view words_of(std::string_view name) {
  static const std::map<std::string_view, std::string_view> kWords = {
      {"frame_magic", "wrong magic"},
      {"frame_version", "version 9"},
      {"frame_type", "unknown type 77"},
      {"frame_direction", "for the other side"},
      {"frame_flags", "unknown flags"},
      {"frame_crc", "wrong CRC"},
      {"frame_four_bytes", "no whole header"},
      {"frame_part_first", "without its start"},
      {"frame_ready_again", "not asked"},
      {"frame_gate_again", "a gate out of turn"},
      {"frame_length", "length says 4294967295"},
      {"frame_huge_total", "a message of 4294967295 bytes"},
      {"frame_short_total", "more bytes than declared"},
      {"frame_too_long", "a packet of 135032 bytes"},
      {"frame_empty_result", "truncated"},
      {"frame_half", "deadline"},
      {"frame_sequence", "sequence 1000"},
      {"frame_handle", "not asked"},
      {"request_flood", "one more"},
      {"request_bytes", "request.body"},
      {"outcome_index", "outcome.index"},
      {"outcome_size", "outcome.size"},
      {"outcome_wild_pointer", "SIGSEGV"},
      {"outcome_long", "outcome.detail"},
      {"outcome_twice", "a second one"},
      {"request_null", "a struct, found null"},
      {"request_array", "5 elements"},
      {"request_stride", "a stride"},
      {"emit_in_delivery", "emit:"},
      {"suspend_alone", "suspend:"},
      {"header_line_break", "as value of"},
      {"header_name_break", "token characters"},
      {"header_colon", "token characters"},
      {"header_null", "as value of"},
      {"method_smuggle", "method: wanted one of"},
      {"method_unknown", "method: wanted one of"},
      {"path_line_break", "URL path characters"},
      {"path_space", "URL path characters"},
      {"two_lengths", "Transfer-Encoding"},
      {"host_header", "HOST"},
      {"own_authorization", "Authorization"},
      {"proxy_header", "Proxy-Authorization"},
      {"forwarded_header", "X-Forwarded-For"},
      {"cookie_header", "Cookie"},
      {"same_header_twice", "each header once"},
      {"absolute_form", "begins with one"},
      {"user_in_path", "begins with one"},
      {"double_slash", "begins with one"},
      {"backslash", "URL path characters"},
      {"dot_segments", "segment"},
      {"hidden_dots", "segment"},
      {"encoded_slash", "encoded slash"},
      {"encoded_null", "control byte"},
      {"query_in_path", "URL path characters"},
      {"fragment_in_path", "URL path characters"},
      {"wide_bytes", "URL path characters"},
      {"unknown_endpoint", "manifest of case declares"},
      {"no_endpoint", "manifest of case declares"},
      {"artefact_machine", "machine 183"},
      {"artefact_stack", "an executable stack"},
      {"artefact_write_execute", "writable and executable"},
      {"artefact_text_relocation", "relocations of its code"},
      {"artefact_library", "the library libx"},
      {"artefact_cut", "past its end"},
      {"artefact_writable", "everybody may write"},
      {"artefact_ifunc", "IFUNC"},
  };
  const auto found = kWords.find(name);
  return found == kWords.end() ? std::string_view() : found->second;
}

}  // namespace hostile
