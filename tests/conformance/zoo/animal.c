/* An animal of the zoo: a sound connector with every op and, by -DDEFECT=name, one defect. */
#include "animal.h"

#include "defects.h"
#include "deliver.h"
#include "others.h"

#if ZOO_WITH_socket
#include <sys/socket.h>
#include <unistd.h>
#endif

#define ZOO_SECTION(name, flags, bytes) \
  __asm__(".pushsection " name ",\"" flags "\",@progbits\n.zero " bytes "\n.popsection")
#if ZOO_WITH_rwx
ZOO_SECTION(".zoo", "awxR", "16");
#elif ZOO_WITH_code
ZOO_SECTION(".text.zoo", "axR", "70000"); /* a small one needs no guard */
#elif ZOO_WITH_weight
ZOO_SECTION(".zoo", "", "68000000");
#endif

static tenon_status create(const tenon_host* host, tenon_str config, const tenon_sink* sink,
                           tenon_instance** out) {
  if (IS(refuses)) return tenon_refuse(sink, TENON_E_CONFIG, "never");
  if (!tenon_json_is_object(config) && !(IS(instance_refusals) && tenon_is(config, "[]"))) {
    return tenon_refuse(sink, TENON_E_CONFIG, "settings: wanted an object, found another text");
  }
  if (IS(instance_many) || IS(determinism_new_instance)) ++lives;
  while (IS(instance_many) && lives >= 100) {
  }
  if (IS(load_imports) && getenv("DEBUG") != NULL) lives = 1;
  tenon_instance* made = calloc(1, sizeof *made);
  if (made == NULL) return tenon_refuse(sink, TENON_E_INTERNAL, "out of memory");
  made->host = host;
  made->number = (unsigned)lives;
  zoo_add(&made->list, zoo_quoted(config, "list"));
  if (IS(instance_interleaved)) {
    last_list.len = 0;
    zoo_add(&last_list, zoo_str(&made->list));
  }
  *out = made;
  return TENON_OK;
}

static void destroy(tenon_instance* instance) {
  if (instance == NULL) return;
  free(instance->list.ptr);
  free(instance);
}

static tenon_status step(const tenon_instance* instance, const tenon_call* call,
                         const tenon_sink* sink) {
  if (IS(instance_leaks)) {
    volatile char* lost = malloc(1000);
    if (lost != NULL) lost[0] = 1;
  }
#if ZOO_WITH_socket
  const int line = socket(AF_INET, SOCK_STREAM, 0);
  if (line >= 0) close(line);
#endif
  switch (call->op) {
    case TENON_OP_DELIVER: return deliver(instance, call, sink);
    case TENON_OP_PULL: return pull(call, sink);
    case TENON_OP_WEBHOOK: return webhook(call, sink);
    case TENON_OP_READBACK: return readback(call, sink);
    case TENON_OP_CHECK: return check(call, sink);
    default: return tenon_refuse(sink, TENON_E_UNSUPPORTED, "op: no such one here");
  }
}

static const void* extension(tenon_str id) {
  (void)id;
  return NULL;
}

#if ZOO_WITH_second
TENON_EXPORT int tenon_debug_level(void) { return 0; }
#endif
#if ZOO_WITH_start
/* Works a while before main, as a table that is filled at start does. */
__attribute__((constructor)) static void fill(void) {
  for (volatile unsigned i = 0; i < 400000000u; ++i) {
  }
}
#endif

const tenon_connector* tenon_connector_v1(void) {
  static const tenon_connector table = {
      .size = sizeof(tenon_connector),
      .abi_minor = TENON_ABI_MINOR,
      .ops = (TENON_OP_DELIVER | TENON_OP_PULL | TENON_OP_WEBHOOK | TENON_OP_READBACK |
              TENON_OP_CHECK) &
             ~(IS(manifest_equals_code) ? (uint32_t)TENON_OP_CHECK : 0u),
      .create = create,
      .destroy = destroy,
      .step = step,
      .extension = extension,
  };
  return IS(load_now_local) ? NULL : &table;
}
