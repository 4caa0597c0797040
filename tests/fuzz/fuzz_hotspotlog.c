/* HotSpot's logs: any bytes are read without harm, and in any pieces tell the same. */
#include "adapters/jvm/loglines.h"
#include "adapters/jvm/names.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint64_t events;
    uint64_t text;
};

static void mix(struct sum *sum, const char *text)
{
    for (; *text; text++)
        sum->text = sum->text * 31 + (unsigned char)*text;
}

static void check(void *context, const struct jvm_log_event *event)
{
    struct sum *sum = context;
    struct jvm_split split;
    char name[64];

    sum->events++;
    sum->text = sum->text * 31 + event->compilation + event->uptime_ns + (uint64_t)event->bci;
    mix(sum, event->method);
    mix(sum, event->reason);
    mix(sum, event->action);
    if (!jvm_name_split(event->method, &split))
        return;
    if (jvm_name_key(&split.signature) == 0)
        abort();
    jvm_name_write(&split.signature, name, sizeof(name));
    if (memchr(name, '\0', sizeof(name)) == NULL)
        abort();
}

static struct sum read_pieces(const uint8_t *data, size_t size, size_t piece)
{
    struct jvm_log *log = malloc(sizeof(*log));
    struct sum sum = {0};

    if (!log)
        return sum;
    jvm_log_init(log, check, &sum);
    for (size_t at = 0; at < size; at += piece)
        jvm_log_feed(log, (const char *)data + at, size - at < piece ? size - at : piece);
    free(log);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sum whole = read_pieces(data, size, size ? size : 1);
    struct sum parts = read_pieces(data, size, 7);

    if (whole.events != parts.events || whole.text != parts.text)
        abort();
    return 0;
}
