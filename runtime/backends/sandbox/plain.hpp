// Marks code that runs between clone and exec: it shares memory and locks with a process of many
// threads, so it makes system calls and nothing else, and no sanitizer may add to it.
#pragma once

#define TENON_PLAIN __attribute__((no_sanitize("address", "undefined", "thread")))
