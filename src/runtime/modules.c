/* See modules.h. */
#include "runtime/modules.h"

#include "runtime/memory.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* proc(5): START-END PERMISSIONS OFFSET DEVICE INODE     PATH */
enum field { START, END, PERMISSIONS, OFFSET, DEVICE, INODE, PATH, FIELDS };

struct maps_reader {
    enum field field;
    uint64_t numbers[FIELDS];
    char name[JT_MODULE_NAME];
    size_t name_bytes;
    /* Of the file that the line before was about. */
    uint64_t device, inode;
    uint64_t base; /* what its symbols are relative to */
};

static void begin_line(struct maps_reader *reader)
{
    reader->field = START;
    memset(reader->numbers, 0, sizeof(reader->numbers));
    reader->name_bytes = 0;
    reader->name[0] = '\0';
}

/* Symbols of a program that is not position-independent are addresses. */
static uint64_t base_of(uint64_t start)
{
    unsigned char header[EI_NIDENT + sizeof(uint16_t)];
    uint16_t type = ET_NONE;

    if (!jt_memory_read(start, header, sizeof(header)) || memcmp(header, ELFMAG, SELFMAG) != 0)
        return start;
    memcpy(&type, header + EI_NIDENT, sizeof(type));
    return type == ET_EXEC ? 0 : start;
}

static void end_line(struct maps_reader *reader, struct jt_module_place *places, int count)
{
    const uint64_t *numbers = reader->numbers;
    bool is_same = numbers[DEVICE] == reader->device && numbers[INODE] == reader->inode;

    if (reader->name_bytes == 0)
        return;
    if (numbers[OFFSET] == 0)
        reader->base = base_of(numbers[START]);
    else if (!is_same)
        reader->base = numbers[START] - numbers[OFFSET];
    reader->device = numbers[DEVICE];
    reader->inode = numbers[INODE];
    for (int i = 0; i < count; i++) {
        if (places[i].pc < numbers[START] || places[i].pc >= numbers[END])
            continue;
        places[i].offset = places[i].pc - reader->base;
        memcpy(places[i].name, reader->name, sizeof(reader->name));
    }
}

static void take_name(struct maps_reader *reader, char c)
{
    if (c == '/')
        reader->name_bytes = 0;
    else if ((c != ' ' || reader->name_bytes > 0) && reader->name_bytes < JT_MODULE_NAME - 1)
        reader->name[reader->name_bytes++] = c;
    reader->name[reader->name_bytes] = '\0';
}

/* All numbers but the inode are hexadecimal; that one is only compared. */
static void take(struct maps_reader *reader, char c)
{
    uint64_t *number = &reader->numbers[reader->field];

    if (reader->field == PATH)
        take_name(reader, c);
    else if (c == ' ' || (c == '-' && reader->field == START))
        reader->field++;
    else if (c >= '0' && c <= '9')
        *number = *number * 16 + (uint64_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *number = *number * 16 + (uint64_t)(c - 'a' + 10);
}

static void take_bytes(struct maps_reader *reader, const char *bytes, size_t count,
                       struct jt_module_place *places, int place_count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != '\n') {
            take(reader, bytes[i]);
            continue;
        }
        end_line(reader, places, place_count);
        begin_line(reader);
    }
}

void jt_modules_find(struct jt_module_place *places, int count)
{
    struct maps_reader reader = {.field = START};
    char bytes[256];
    ssize_t got = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

    for (int i = 0; i < count; i++)
        places[i].name[0] = '\0';
    if (fd < 0)
        return;
    do {
        got = read(fd, bytes, sizeof(bytes));
        if (got > 0)
            take_bytes(&reader, bytes, (size_t)got, places, count);
    } while (got > 0 || (got < 0 && errno == EINTR));
    close(fd);
}
