#include "format/jitdump.h"

#include "jitney/status.h"

#include <string.h>

static int status_of(const struct jt_bytes *in)
{
    return jt_bytes_failed(in) ? JITNEY_ERR_FORMAT : JITNEY_OK;
}

int jt_jitdump_decode_header(struct jt_bytes *in, struct jt_jitdump_header *header)
{
    uint32_t magic = jt_bytes_take_u32(in);

    if (magic == __builtin_bswap32(JT_JITDUMP_MAGIC))
        in->swap = !in->swap;
    else if (magic != JT_JITDUMP_MAGIC)
        return JITNEY_ERR_FORMAT;
    header->version = jt_bytes_take_u32(in);
    header->total_bytes = jt_bytes_take_u32(in);
    header->machine = jt_bytes_take_u32(in);
    header->pad = jt_bytes_take_u32(in);
    header->pid = jt_bytes_take_u32(in);
    header->time = jt_bytes_take_u64(in);
    header->flags = jt_bytes_take_u64(in);
    return status_of(in);
}

int jt_jitdump_decode_prefix(struct jt_bytes *in, struct jt_jitdump_prefix *prefix)
{
    prefix->id = jt_bytes_take_u32(in);
    prefix->total_bytes = jt_bytes_take_u32(in);
    prefix->time = jt_bytes_take_u64(in);
    return status_of(in);
}

int jt_jitdump_decode_load(struct jt_bytes *in, struct jt_jitdump_load *load)
{
    load->pid = jt_bytes_take_u32(in);
    load->tid = jt_bytes_take_u32(in);
    load->vma = jt_bytes_take_u64(in);
    load->address = jt_bytes_take_u64(in);
    load->code_bytes = jt_bytes_take_u64(in);
    load->index = jt_bytes_take_u64(in);
    return status_of(in);
}

int jt_jitdump_decode_move(struct jt_bytes *in, struct jt_jitdump_move *move)
{
    move->pid = jt_bytes_take_u32(in);
    move->tid = jt_bytes_take_u32(in);
    move->vma = jt_bytes_take_u64(in);
    move->old_address = jt_bytes_take_u64(in);
    move->new_address = jt_bytes_take_u64(in);
    move->code_bytes = jt_bytes_take_u64(in);
    move->index = jt_bytes_take_u64(in);
    return status_of(in);
}

int jt_jitdump_decode_debug_info(struct jt_bytes *in, struct jt_jitdump_debug_info *info)
{
    info->address = jt_bytes_take_u64(in);
    info->entries = jt_bytes_take_u64(in);
    return status_of(in);
}

int jt_jitdump_decode_debug_entry(struct jt_bytes *in, struct jt_jitdump_debug_entry *entry)
{
    entry->address = jt_bytes_take_u64(in);
    entry->line = jt_bytes_take_u32(in);
    entry->column = jt_bytes_take_u32(in);
    return status_of(in);
}

int jt_jitdump_decode_unwinding_info(struct jt_bytes *in, struct jt_jitdump_unwinding_info *info)
{
    info->unwinding_bytes = jt_bytes_take_u64(in);
    info->header_bytes = jt_bytes_take_u64(in);
    info->mapped_bytes = jt_bytes_take_u64(in);
    return status_of(in);
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

static uint8_t *put_u64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

void jt_jitdump_encode_header(struct jt_buf *out, const struct jt_jitdump_header *header)
{
    uint8_t *at = jt_buf_reserve(out, JT_JITDUMP_HEADER_BYTES);

    if (!at)
        return;
    at = put_u32(at, JT_JITDUMP_MAGIC);
    at = put_u32(at, header->version);
    at = put_u32(at, header->total_bytes);
    at = put_u32(at, header->machine);
    at = put_u32(at, header->pad);
    at = put_u32(at, header->pid);
    at = put_u64(at, header->time);
    put_u64(at, header->flags);
    out->length += JT_JITDUMP_HEADER_BYTES;
}

void jt_jitdump_encode_prefix(struct jt_buf *out, const struct jt_jitdump_prefix *prefix)
{
    uint8_t *at = jt_buf_reserve(out, JT_JITDUMP_PREFIX_BYTES);

    if (!at)
        return;
    at = put_u32(at, prefix->id);
    at = put_u32(at, prefix->total_bytes);
    put_u64(at, prefix->time);
    out->length += JT_JITDUMP_PREFIX_BYTES;
}

void jt_jitdump_encode_load(struct jt_buf *out, const struct jt_jitdump_load *load)
{
    uint8_t *at = jt_buf_reserve(out, JT_JITDUMP_LOAD_BYTES - JT_JITDUMP_PREFIX_BYTES);

    if (!at)
        return;
    at = put_u32(at, load->pid);
    at = put_u32(at, load->tid);
    at = put_u64(at, load->vma);
    at = put_u64(at, load->address);
    at = put_u64(at, load->code_bytes);
    put_u64(at, load->index);
    out->length += JT_JITDUMP_LOAD_BYTES - JT_JITDUMP_PREFIX_BYTES;
}

void jt_jitdump_encode_move(struct jt_buf *out, const struct jt_jitdump_move *move)
{
    uint8_t *at = jt_buf_reserve(out, JT_JITDUMP_MOVE_BYTES - JT_JITDUMP_PREFIX_BYTES);

    if (!at)
        return;
    at = put_u32(at, move->pid);
    at = put_u32(at, move->tid);
    at = put_u64(at, move->vma);
    at = put_u64(at, move->old_address);
    at = put_u64(at, move->new_address);
    at = put_u64(at, move->code_bytes);
    put_u64(at, move->index);
    out->length += JT_JITDUMP_MOVE_BYTES - JT_JITDUMP_PREFIX_BYTES;
}

void jt_jitdump_encode_debug_info(struct jt_buf *out, const struct jt_jitdump_debug_info *info)
{
    uint8_t *at = jt_buf_reserve(out, JT_JITDUMP_DEBUG_INFO_BYTES - JT_JITDUMP_PREFIX_BYTES);

    if (!at)
        return;
    at = put_u64(at, info->address);
    put_u64(at, info->entries);
    out->length += JT_JITDUMP_DEBUG_INFO_BYTES - JT_JITDUMP_PREFIX_BYTES;
}

void jt_jitdump_encode_debug_entry(struct jt_buf *out, const struct jt_jitdump_debug_entry *entry)
{
    uint8_t *at = jt_buf_reserve(out, JT_JITDUMP_DEBUG_ENTRY_BYTES);

    if (!at)
        return;
    at = put_u64(at, entry->address);
    at = put_u32(at, entry->line);
    put_u32(at, entry->column);
    out->length += JT_JITDUMP_DEBUG_ENTRY_BYTES;
}

void jt_jitdump_encode_unwinding_info(struct jt_buf *out,
                                      const struct jt_jitdump_unwinding_info *info)
{
    uint8_t *at = jt_buf_reserve(out, JT_JITDUMP_UNWINDING_INFO_BYTES - JT_JITDUMP_PREFIX_BYTES);

    if (!at)
        return;
    at = put_u64(at, info->unwinding_bytes);
    at = put_u64(at, info->header_bytes);
    put_u64(at, info->mapped_bytes);
    out->length += JT_JITDUMP_UNWINDING_INFO_BYTES - JT_JITDUMP_PREFIX_BYTES;
}
