// The keys of a manifest, one row each.
//
// To add a key: one row here, and one read of it in the function of its table (manifest*.cpp), such
// as `table.integer("linger_ms")`. The reader takes type, range, choices, form, default and whether
// it must be there from the row, and reports what is wrong; only what ties several keys together
// (a name that must be declared elsewhere) is code. For a new table also a row of type `table` or
// `tables` in the table around it, then `root.sub("retry")` or `root.entries("slot")`. A read
// without a row ends the process, and tests/unit/manifest/format_test.cpp fails if a row is never
// read, or if the examples of all rows are not a good manifest together. Then
// `tenon manifest reference > manifests/REFERENCE.md` and `tenon manifest schema >
// manifests/manifest.schema.json`; a test asks for both.
#include "base/limits.hpp"
#include "manifest/format.hpp"

namespace tenon::manifest {
namespace {

using enum KeyType;
constexpr auto required = Need::required;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMaxFields = 500;

// clang-format off
constexpr KeyRow kRows[] = {
    {.table = "", .key = "connector", .type = table, .need = required,
     .meaning = "which connector and release this is, and what it can do"},
    {.table = "connector", .key = "id", .need = required, .form = &forms::name,
     .example = "\"shop\"", .wrong = "\"Shop!\"",
     .meaning = "the connector, by the vendor's name"},
    {.table = "connector", .key = "version", .need = required, .form = &forms::version,
     .example = "\"1.2.0\"", .wrong = "\"1.2\"",
     .meaning = "semantic version without build metadata; the release is `id@version`"},
    {.table = "connector", .key = "title", .need = required,
     .example = "\"Shop\"", .wrong = "5", .wanted = "a title for people",
     .meaning = "its name for people"},
    {.table = "connector", .key = "summary",
     .example = "\"Creates and updates the customers of a Shop account.\"", .wrong = "[\"a\"]",
     .meaning = "what it does, in a sentence",
     .advised = "lists of connectors show it; say in a sentence what the connector does"},
    {.table = "connector", .key = "abi", .need = required, .form = &forms::abi,
     .example = "\"1.0\"", .wrong = "\"2.0\"", .wanted = "the ABI it needs",
     .meaning = "the ABI's major version and the least minor version that the connector needs"},
    {.table = "connector", .key = "ops", .type = texts, .need = required,
     .choices = "deliver check pull webhook readback", .least = 1, .most = 5,
     .example = "[\"deliver\", \"check\"]", .wrong = "[\"deliver\", \"chekc\"]",
     .wanted = "what it can do",
     .meaning = "the kinds of calls that it answers"},
    {.table = "connector", .key = "profile", .choices = "strict default",
     .fallback = "\"strict\"", .example = "\"strict\"", .wrong = "\"open\"",
     .meaning = "isolation of its worker"},

    {.table = "", .key = "setting", .type = tables, .most = 64,
     .meaning = "what a workspace may set for a destination"},
    {.table = "setting", .key = "name", .need = required, .form = &forms::name,
     .example = "\"shop\"", .wrong = "\"\"",
     .meaning = "its key in `[destinations.settings]`; once per manifest"},
    {.table = "setting", .key = "title", .need = required,
     .example = "\"Name of the shop\"", .wrong = "true", .wanted = "a title for people",
     .meaning = "its name for people"},
    {.table = "setting", .key = "type", .choices = "string integer boolean url",
     .fallback = "\"string\"", .example = "\"string\"", .wrong = "\"int\"",
     .meaning = "what its value must be"},
    {.table = "setting", .key = "required", .type = boolean,
     .fallback = "false", .example = "false", .wrong = "\"yes\"",
     .meaning = "every destination must set it"},
    {.table = "setting", .key = "default", .type = value,
     .example = "\"main\"", .wrong = "5",
     .meaning = "what it is where a workspace sets none; of its `type`, not beside `required`"},
    {.table = "setting", .key = "pattern", .form = &forms::char_pattern,
     .only_if = {"type", "string"}, .example = "\"[a-z0-9-]{1,63}\"", .wrong = "\"^.*$\"",
     .meaning = "one set of characters and a length; without it any text"},

    {.table = "", .key = "endpoint", .type = tables, .need = required, .most = 32,
     .wanted = "at least one [[endpoint]] that requests may go to",
     .meaning = "a place that requests may go to, of three kinds. *Fixed*: only `host`. "
                "*Templated*: `host = \"{shop}.vendor.com\"`, whose label the setting fills. "
                "*Operator-set*: only `setting`, one of type `url`"},
    {.table = "endpoint", .key = "name", .need = required, .form = &forms::name,
     .example = "\"api\"", .wrong = "\"API\"",
     .meaning = "what the connector calls it; once per manifest"},
    {.table = "endpoint", .key = "host", .form = &forms::host,
     .example = "\"{shop}.vendor.com\"", .wrong = "\"https://api.vendor.com\"",
     .meaning = "host name, or one label in braces and a fixed suffix"},
    {.table = "endpoint", .key = "setting", .form = &forms::name,
     .example = "\"shop\"", .wrong = "\"shpo\"",
     .meaning = "the string setting that fills the label, or the url setting that is the address"},
    {.table = "endpoint", .key = "base_path", .form = &forms::path,
     .example = "\"/3.0\"", .wrong = "\"/3.0/\"",
     .meaning = "put before the path of each request"},
    {.table = "endpoint", .key = "methods", .type = texts,
     .choices = "GET POST PUT PATCH DELETE HEAD", .least = 1, .most = 6,
     .fallback = "[\"GET\", \"POST\"]", .example = "[\"GET\", \"POST\"]", .wrong = "[\"PSOT\"]",
     .meaning = "the HTTP methods that requests may use"},

    {.table = "", .key = "slot", .type = tables, .most = 16,
     .meaning = "a place for a credential; the host puts the secret in when it sends"},
    {.table = "slot", .key = "name", .need = required, .form = &forms::name,
     .example = "\"token\"", .wrong = "\"my token\"",
     .meaning = "its key in `[destinations.credentials]`; once per manifest"},
    {.table = "slot", .key = "kind", .need = required, .choices = "header basic query signing",
     .example = "\"header\"", .wrong = "\"cookie\"",
     .meaning = "a header, HTTP Basic, a parameter of the query, or the key of `[sign]`"},
    {.table = "slot", .key = "header", .need = required, .form = &forms::token,
     .only_if = {"kind", "header"}, .example = "\"Authorization\"", .wrong = "\"Bad Header\"",
     .wanted = "the name of the header",
     .meaning = "name of the header"},
    {.table = "slot", .key = "prefix", .form = &forms::printable,
     .only_if = {"kind", "header"}, .example = "\"Bearer \"", .wrong = "\"Bearer\\t\"",
     .meaning = "put before the secret"},
    {.table = "slot", .key = "parameter", .need = required, .form = &forms::token,
     .only_if = {"kind", "query"}, .example = "\"api_key\"", .wrong = "\"api key\"",
     .wanted = "the name of the query parameter",
     .meaning = "name of the parameter"},
    {.table = "slot", .key = "required", .type = boolean,
     .fallback = "true", .example = "true", .wrong = "\"no\"",
     .meaning = "every destination must have a credential for it"},
    {.table = "slot", .key = "endpoints", .type = texts, .form = &forms::name,
     .least = 1, .most = 32, .example = "[\"api\"]", .wrong = "[\"apis\"]",
     .meaning = "the endpoints where it may be used; without it all"},
    {.table = "slot", .key = "path_prefix", .form = &forms::path_prefix,
     .example = "\"/customers/\"", .wrong = "\"customers\"",
     .meaning = "it may be used only for paths that begin so"},

    {.table = "", .key = "action", .type = tables, .most = 64,
     .meaning = "something that the op `deliver` does at the vendor; at least one with that op, "
                "none without it"},
    {.table = "action", .key = "name", .need = required, .form = &forms::name,
     .example = "\"upsert_customer\"", .wrong = "\"Upsert\"",
     .meaning = "what a route calls it; once per manifest"},
    {.table = "action", .key = "title", .need = required,
     .example = "\"Create or update the customer\"", .wrong = "1", .wanted = "a title for people",
     .meaning = "its name for people"},
    {.table = "action", .key = "required_fields", .type = texts, .form = &forms::field,
     .most = kMaxFields, .example = "[\"/email\"]", .wrong = "[\"/email~\"]",
     .meaning = "fields that the mapping of a route must give"},
    {.table = "action", .key = "optional_fields", .type = texts, .form = &forms::field,
     .most = kMaxFields, .example = "[\"/name/first\", \"/phone\"]", .wrong = "[\"/email\"]",
     .meaning = "fields that it may give, each once in both lists"},
    {.table = "action", .key = "open_fields", .type = boolean,
     .fallback = "false", .example = "false", .wrong = "1",
     .meaning = "takes any further field, too"},
    {.table = "action", .key = "batch", .type = table,
     .meaning = "how many records one call may carry",
     .advised = "without it each call carries one record; say what the vendor takes at once"},
    {.table = "action.batch", .key = "max_records", .type = integer,
     .least = 1, .most = kMaxCallRecords, .unit = "records",
     .fallback = "1", .example = "100", .wrong = "1001",
     .meaning = "records in a call at most"},
    {.table = "action.batch", .key = "max_bytes", .type = integer,
     .least = 1'024, .most = kMaxCallBytes, .unit = "bytes",
     .fallback = "1048576", .example = "2097152", .wrong = "1000",
     .meaning = "size of their bodies, added up, at most"},
    {.table = "action.batch", .key = "same_key", .type = boolean,
     .fallback = "false", .example = "false", .wrong = "\"true\"",
     .meaning = "may hold several records of one order key"},
    {.table = "action.batch", .key = "unique", .form = &forms::field,
     .example = "\"/email\"", .wrong = "\"\"",
     .meaning = "no two records of a call have the same value here; without it any may"},

    {.table = "", .key = "rate_limit", .type = tables, .most = 32,
     .meaning = "what the vendor allows per time; all rows of a bucket hold together",
     .advised = "without one the host sends as fast as it can; write what the vendor documents"},
    {.table = "rate_limit", .key = "bucket", .form = &forms::name,
     .fallback = "\"default\"", .example = "\"default\"", .wrong = "\"All\"",
     .meaning = "what is counted together; `default` is charged where a request names none"},
    {.table = "rate_limit", .key = "limit", .type = integer, .need = required,
     .least = 1, .most = 10'000'000, .unit = "requests",
     .example = "100", .wrong = "0", .wanted = "how many per window",
     .meaning = "at most so many in any such window (units of cost, where a request names one)"},
    {.table = "rate_limit", .key = "window_ms", .type = integer, .need = required,
     .least = 1, .most = kDayMs, .unit = "ms",
     .example = "10000", .wrong = "\"10s\"", .wanted = "the window in milliseconds",
     .meaning = "the window, sliding; once per bucket"},

    {.table = "", .key = "retry", .type = table,
     .meaning = "when a delivery is tried again, and when it is given up"},
    {.table = "retry", .key = "first_ms", .type = integer, .least = 10, .most = 3'600'000,
     .unit = "ms", .fallback = "1000", .example = "1000", .wrong = "5",
     .meaning = "pause before the second attempt, then doubled each time"},
    {.table = "retry", .key = "ceiling_ms", .type = integer, .least = 10, .most = kDayMs,
     .unit = "ms", .fallback = "3600000", .example = "3600000", .wrong = "500",
     .meaning = "the longest pause, not below `first_ms`"},
    {.table = "retry", .key = "max_age_s", .type = integer, .least = 1, .most = 30 * 86'400,
     .unit = "s", .fallback = "259200", .example = "259200", .wrong = "0",
     .meaning = "a delivery older than this is given up"},
    {.table = "retry", .key = "max_attempts", .type = integer, .least = 1, .most = 1'000,
     .unit = "attempts", .fallback = "20", .example = "20", .wrong = "-1",
     .meaning = "a delivery tried so often is given up"},

    {.table = "", .key = "limits", .type = table, .meaning = "bounds of a call"},
    {.table = "limits", .key = "call_deadline_ms", .type = integer, .least = 100, .most = kDayMs,
     .unit = "ms", .fallback = "600000", .example = "120000", .wrong = "50",
     .meaning = "time for all steps of a call together"},
    {.table = "limits", .key = "concurrency", .type = integer, .least = 1, .most = 64,
     .unit = "calls", .fallback = "4", .example = "4", .wrong = "65",
     .meaning = "calls of one destination at the same time"},

    {.table = "", .key = "sign", .type = table,
     .meaning = "the host signs what it sends"},
    {.table = "sign", .key = "scheme", .need = required, .choices = "standard-webhooks/1",
     .example = "\"standard-webhooks/1\"", .wrong = "\"hmac\"",
     .wanted = "a signing scheme",
     .meaning = "how it signs"},
    {.table = "sign", .key = "slot", .need = required, .form = &forms::name,
     .example = "\"signing\"", .wrong = "\"token\"",
     .wanted = "the name of a slot of kind \"signing\"",
     .meaning = "the slot of kind `signing` that holds the key"},
};
// clang-format on

}  // namespace

const Format& manifest_format() {
  static constexpr Format kFormat{"manifest", kRows};
  return kFormat;
}

}  // namespace tenon::manifest
