// tenon: the program of the command line.
#include <curl/curl.h>

#include <iostream>

#include "cli/session.hpp"

int main(int argc, char** argv) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    std::cerr << "tenon: libcurl cannot start\n";
    return tenon::cli::kFailed;
  }
  const int code = tenon::cli::run(argc, argv, std::cout, std::cerr);
  curl_global_cleanup();
  return code;
}
