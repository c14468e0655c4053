#include "compute/decode.h"

#include "chunk/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static shoal_status add_number(shoal_graph *graph, const shoal_cf_number *number, shoal_node **out,
                               shoal_error *err)
{
    shoal_node n = {.kind = SHOAL_NODE_LITERAL,
                    .type = shoal_type_of(number->type),
                    .weak = number->weak,
                    .source = -1};
    memcpy(n.value, number->value, sizeof n.value);
    return shoal_graph_add(graph, &n, out, err);
}

/* op(node, number) as NumPy computes it in place: in the type of both, then back in the node's. */
static shoal_status in_place(shoal_graph *graph, shoal_op op, const shoal_cf_number *number,
                             shoal_node **node, shoal_error *err)
{
    shoal_node *args[2] = {*node, NULL}, *value;
    shoal_status status = add_number(graph, number, &args[1], err);
    if (!status) status = shoal_graph_element(graph, op, args, 0, &value, err);
    return status ? status : shoal_graph_cast(graph, value, (*node)->type.code, node, err);
}

/* Written where(x != fill, x, nan), so that the attributes are x's. */
static shoal_status mask(shoal_graph *graph, const shoal_cf *cf, shoal_node **node,
                         shoal_error *err)
{
    shoal_node *nan;
    shoal_node *const unmasked = *node;
    shoal_status status = shoal_graph_literal_float(graph, NAN, &nan, err);
    if (!status) status = shoal_graph_cast(graph, nan, unmasked->type.code, &nan, err);
    for (int k = 0; k < cf->n_fills && !status; k++) {
        shoal_node *compared[2] = {unmasked, NULL}, *chosen[3] = {NULL, *node, nan};
        status = add_number(graph, &cf->fill[k], &compared[1], err);
        if (!status)
            status = shoal_graph_element(graph, SHOAL_OP_NOT_EQUAL, compared, 0, &chosen[0], err);
        if (!status) status = shoal_graph_element(graph, SHOAL_OP_WHERE, chosen, 0, node, err);
    }
    return status;
}

shoal_status shoal_graph_decode(shoal_graph *graph, const shoal_cf *cf, const char *name,
                                shoal_node *stored, shoal_node **out, shoal_error *err)
{
    *out = stored;
    if (!cf->decodes) return SHOAL_OK;
    if (cf->why_not[0])
        return shoal_fail(err, SHOAL_DATA, "%s: %s; --raw takes the values as they are stored",
                          name, cf->why_not);
    shoal_type_code type = stored->type.code;
    shoal_node *n = stored;
    shoal_status status = shoal_graph_cast(graph, n, shoal_cf_signed_type(cf, type), &n, err);
    if (!status) status = shoal_graph_cast(graph, n, shoal_cf_masked_type(cf, type), &n, err);
    if (!status && cf->masks) status = mask(graph, cf, &n, err);
    if (!status) status = shoal_graph_cast(graph, n, shoal_cf_scaled_type(cf, type), &n, err);
    if (!status && cf->has_scale) status = in_place(graph, SHOAL_OP_MULTIPLY, &cf->scale, &n, err);
    if (!status && cf->has_offset) status = in_place(graph, SHOAL_OP_ADD, &cf->offset, &n, err);
    if (!status && cf->is_bool) status = shoal_graph_cast(graph, n, SHOAL_BOOL, &n, err);
    if (!status) *out = n;
    return status;
}

/* ---- As a program of its own ---- */

struct shoal_decoder {
    shoal_arena *arena;
    shoal_program program;
    int in, out; /* values */
    shoal_type type;
};

static shoal_status compile(shoal_decoder *decoder, const shoal_dataset *dataset,
                            const shoal_cf *cf, shoal_error *err)
{
    shoal_graph *graph = shoal_arena_alloc(decoder->arena, sizeof *graph);
    if (!graph) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    graph->arena = decoder->arena;
    shoal_node leaf = {.kind = SHOAL_NODE_LEAF,
                       .type = dataset->type,
                       .rank = 1,
                       .shape = {INT64_MAX},
                       .view = {.base_rank = 1, .step = {1}}};
    shoal_node *in, *root;
    shoal_status status = shoal_graph_add(graph, &leaf, &in, err);
    if (!status) status = shoal_graph_decode(graph, cf, dataset->name, in, &root, err);
    if (!status)
        status =
            shoal_program_compile(decoder->arena, &root, 1, graph->n_nodes, &decoder->program, err);
    if (status) return status;
    decoder->in = decoder->program.of_node[in->id];
    decoder->out = decoder->program.of_node[root->id];
    decoder->type = root->type;
    return SHOAL_OK;
}

shoal_status shoal_decoder_new(const shoal_dataset *dataset, const shoal_cf *cf,
                               shoal_decoder **out, shoal_error *err)
{
    shoal_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder) decoder->arena = shoal_arena_new();
    shoal_status status =
        decoder && decoder->arena ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (!status) status = compile(decoder, dataset, cf, err);
    if (status)
        shoal_decoder_free(decoder);
    else
        *out = decoder;
    return status;
}

void shoal_decoder_free(shoal_decoder *decoder)
{
    if (!decoder) return;
    shoal_arena_free(decoder->arena);
    free(decoder);
}

shoal_type shoal_decoder_type(const shoal_decoder *decoder)
{
    return decoder->type;
}

size_t shoal_decoder_bytes(const shoal_decoder *decoder)
{
    return shoal_machine_bytes(&decoder->program);
}

shoal_status shoal_decoder_machine(const shoal_decoder *decoder, shoal_machine *out,
                                   shoal_error *err)
{
    return shoal_machine_init(out, &decoder->program, NULL, err);
}

void shoal_decoder_run(const shoal_decoder *decoder, shoal_machine *machine, const void *stored,
                       size_t n, void *out)
{
    const uint8_t *from = stored;
    uint8_t *to = out;
    size_t block = decoder->program.block, from_bytes, to_bytes = decoder->type.n_bytes;
    from_bytes = decoder->program.value[decoder->in].node->type.n_bytes;
    for (size_t k = 0; k < n; k += block) {
        size_t now = n - k < block ? n - k : block;
        machine->pointer[decoder->in] = from + k * from_bytes;
        if (decoder->in != decoder->out) machine->pointer[decoder->out] = to + k * to_bytes;
        shoal_machine_run(machine, now);
        if (machine->pointer[decoder->out] != to + k * to_bytes)
            memcpy(to + k * to_bytes, machine->pointer[decoder->out], now * to_bytes);
    }
}
