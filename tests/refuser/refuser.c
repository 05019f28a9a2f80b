/*
 * A frontend that may refuse, with QEMU's own chardevs and QMP monitor: no device in QEMU's tree refuses, so there is no
 * QEMU in which this could be seen.
 *
 * refuser MONITOR HEARD: connects to the socket MONITOR, and writes down in the file HEARD what its frontends hear.
 *
 * The commands of qapi/char.json and qapi/yank.json are QEMU's; those of a device are here. `device_add` and
 * `device_del` are as in QEMU, and so is `query-status`, of a machine that always runs. What a guest would do, and what
 * the frontend says to a swap, is told by `refuser-write` and `refuser-answer`; `refuser-status` looks.
 *
 * SPDX-License-Identifier: MIT
 */

#include "qemu/osdep.h"

#include "chardev/char-fe.h"
#include "crypto/init.h"
#include "monitor/monitor.h"
#include "monitor/monitor-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-char.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-commands-yank.h"
#include "qemu/config-file.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#if __has_include("qobject/qdict.h") /* since 10.0 */
#include "qobject/qdict.h"
#include "qobject/qlit.h"
#include "system/system.h"
#define init_monitors monitor_init_globals
#else
#include "qapi/qmp/qdict.h"
#include "qapi/qmp/qlit.h"
#include "sysemu/sysemu.h"
#define init_monitors monitor_init_globals_core
#endif

/* A device. It is allocated, so that whoever still uses it when it has gone is found by AddressSanitizer. */
typedef struct Refuser {
    char *id;
    CharBackend frontend;
    guint watch;
    bool sees_open; /* what the last OPENED or CLOSED said */
    bool waits;     /* it has output that did not fit */
    char *answer;   /* what it says to a swap */
} Refuser;

static GHashTable *refusers;
static FILE *heard;
static bool ended;

/* The handlers. */

static int can_read(void *opaque)
{
    return 1;
}

static void has_read(void *opaque, const uint8_t *data, int size)
{
}

static void event(void *opaque, QEMUChrEvent what)
{
    static const char *const names[] = {
        [CHR_EVENT_BREAK] = "break_", [CHR_EVENT_OPENED] = "opened", [CHR_EVENT_CLOSED] = "closed",
    };
    Refuser *self = opaque;

    if (what != CHR_EVENT_BREAK && what != CHR_EVENT_OPENED && what != CHR_EVENT_CLOSED) {
        return; /* of a mux's focus */
    }
    if (what != CHR_EVENT_BREAK) {
        self->sees_open = what == CHR_EVENT_OPENED;
    }
    fprintf(heard, "%s %s\n", self->id, names[what]);
    fflush(heard);
}

static gboolean goes_on(void *channel, GIOCondition condition, void *opaque)
{
    Refuser *self = opaque;

    self->watch = 0;
    self->waits = false;
    return G_SOURCE_REMOVE;
}

static void drop_watch(Refuser *self)
{
    if (self->watch) {
        g_source_remove(self->watch);
        self->watch = 0;
    }
}

static void add_watch(Refuser *self)
{
    self->watch = qemu_chr_fe_add_watch(&self->frontend, G_IO_OUT | G_IO_HUP, goes_on, self);
}

static int be_change(void *opaque);

static void set_up(Refuser *self)
{
    qemu_chr_fe_set_handlers(&self->frontend, can_read, has_read, event, be_change, self, NULL, true);
}

static int be_change(void *opaque)
{
    Refuser *self = opaque;

    if (g_str_equal(self->answer, "refuses")) {
        return -1;
    }
    set_up(self);
    if (self->watch) {
        drop_watch(self);
        add_watch(self);
    }
    return g_str_equal(self->answer, "refuses after its set-up") ? -1 : 0;
}

/* The commands. */

static Refuser *find(QDict *arguments, Error **error)
{
    const char *id = qdict_get_try_str(arguments, "id");
    Refuser *self = id ? g_hash_table_lookup(refusers, id) : NULL;

    if (!self) {
        error_setg(error, "there is no device '%s'", id ? id : "");
    }
    return self;
}

static void device_add(QDict *arguments, QObject **result, Error **error)
{
    const char *id = qdict_get_str(arguments, "id"), *name = qdict_get_str(arguments, "chardev");
    Chardev *chardev = qemu_chr_find(name);
    Refuser *self;

    if (!chardev) {
        error_setg(error, "there is no chardev '%s'", name);
        return;
    }
    if (g_hash_table_lookup(refusers, id)) {
        error_setg(error, "there is a device '%s' already", id);
        return;
    }
    self = g_new0(Refuser, 1);
    if (!qemu_chr_fe_init(&self->frontend, chardev, error)) {
        g_free(self);
        return;
    }
    self->id = g_strdup(id);
    self->answer = g_strdup("");
    g_hash_table_insert(refusers, self->id, self);
    set_up(self);
}

static void device_del(QDict *arguments, QObject **result, Error **error)
{
    Refuser *self = find(arguments, error);

    if (!self) {
        return;
    }
    drop_watch(self);
    qemu_chr_fe_deinit(&self->frontend, false);
    g_hash_table_remove(refusers, self->id);
    g_free(self->answer);
    g_free(self->id);
    g_free(self);
}

static void query_status(QDict *arguments, QObject **result, Error **error)
{
    QDict *status = qdict_new();

    qdict_put_bool(status, "running", true);
    qdict_put_str(status, "status", "running");
    *result = QOBJECT(status);
}

static void answer(QDict *arguments, QObject **result, Error **error)
{
    Refuser *self = find(arguments, error);

    if (self) {
        g_free(self->answer);
        self->answer = g_strdup(qdict_get_str(arguments, "answer"));
    }
}

static void status(QDict *arguments, QObject **result, Error **error)
{
    Refuser *self = find(arguments, error);
    QDict *found;

    if (self) {
        found = qdict_new();
        qdict_put_bool(found, "backend-connected", qemu_chr_fe_backend_connected(&self->frontend));
        qdict_put_bool(found, "host-connected", self->sees_open);
        qdict_put_bool(found, "waits", self->waits);
        *result = QOBJECT(found);
    }
}

/* One chunk, unless it waits. What does not fit is lost, which nobody asks for. */
static void write_chunk(QDict *arguments, QObject **result, Error **error)
{
    static const uint8_t chunk[32768];
    Refuser *self = find(arguments, error);

    if (self && !self->waits && qemu_chr_fe_write(&self->frontend, chunk, sizeof(chunk)) < (int)sizeof(chunk)) {
        self->waits = true;
        add_watch(self);
    }
}

/* Whoever links the monitor has to have these, of qapi/control.json and of qapi/introspect.json. */

const QLitObject qmp_schema_qlit = QLIT_QNULL;

void qmp_quit(Error **error)
{
    ended = true;
}

static void register_commands(void)
{
    static const struct {
        const char *name;
        QmpCommandFunc *does;
        QmpCommandOptions options;
    } commands[] = {
        { "chardev-add", qmp_marshal_chardev_add },
        { "chardev-change", qmp_marshal_chardev_change },
        { "chardev-remove", qmp_marshal_chardev_remove },
        { "chardev-send-break", qmp_marshal_chardev_send_break },
        { "query-chardev", qmp_marshal_query_chardev },
        { "query-chardev-backends", qmp_marshal_query_chardev_backends },
        { "query-version", qmp_marshal_query_version },
        { "query-yank", qmp_marshal_query_yank, QCO_ALLOW_OOB },
        { "quit", qmp_marshal_quit },
        { "yank", qmp_marshal_yank, QCO_ALLOW_OOB },
        { "device_add", device_add },
        { "device_del", device_del },
        { "query-status", query_status },
        { "refuser-answer", answer },
        { "refuser-status", status },
        { "refuser-write", write_chunk },
    };
    size_t i;

    QTAILQ_INIT(&qmp_commands);
    QTAILQ_INIT(&qmp_cap_negotiation_commands);
    qmp_register_command(&qmp_cap_negotiation_commands, "qmp_capabilities", qmp_marshal_qmp_capabilities, 0, 0);
    for (i = 0; i < ARRAY_SIZE(commands); i++) {
        qmp_register_command(&qmp_commands, commands[i].name, commands[i].does, commands[i].options, 0);
    }
}

int main(int count, char **words)
{
    g_autofree char *address = NULL;
    Chardev *monitor;

    if (count != 3) {
        fprintf(stderr, "usage: refuser MONITOR HEARD\n");
        return 2;
    }
    error_init(words[0]);
    signal(SIGPIPE, SIG_IGN);
    heard = fopen(words[2], "w");
    if (!heard) {
        fprintf(stderr, "refuser: %s: %s\n", words[2], strerror(errno));
        return 1;
    }
    refusers = g_hash_table_new(g_str_hash, g_str_equal);

    module_call_init(MODULE_INIT_QOM);
    qemu_add_opts(&qemu_chardev_opts);
    qcrypto_init(&error_fatal);
    qemu_init_main_loop(&error_fatal);
    init_monitors();
    register_commands();
    address = g_strdup_printf("unix:%s", words[1]);
    monitor = qemu_chr_new("monitor", address, NULL);
    if (!monitor) { /* it has said why */
        return 1;
    }
    monitor_init_qmp(monitor, false, &error_fatal);

    while (!ended) {
        main_loop_wait(false);
    }
    monitor_cleanup();
    qemu_chr_cleanup();
    return 0;
}
