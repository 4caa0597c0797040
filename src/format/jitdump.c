#include "format/jitdump.h"

#include "jitney/status.h"

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
