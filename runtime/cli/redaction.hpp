// Redaction: makes personal values of a captured call unreadable, and leaves their shape.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ports/captured_call.hpp"

namespace tenon::cli {

// Another value of the same shape: a small letter for a small letter, a digit for a digit, and all
// else as it is, so that "ada@example.org" may become "qzf@tkwmaxe.bij". One value always becomes
// the same other one under one `salt`, in whatever case and with whatever signs in between it is
// written. Letters beyond ASCII become one of as many bytes.
std::string of_same_shape(std::string_view value, std::string_view salt);

// Finds the values at `pointers` in the bodies of records, requests and replies, where a pointer
// leads from the root or from any object inside, and replaces them wherever they stand in the call:
// as they are, in any case, escaped for JSON or for a URL, and numbers of seven and more digits
// without the signs in between. What a connector makes of a value otherwise (a hash, base64) is
// only found where a pointer names its place. Texts of one character and numbers of fewer than four
// digits stay: to replace them everywhere would break the call.
void redact(CapturedCall& call, const std::vector<std::string>& pointers, std::string_view salt);

}  // namespace tenon::cli
