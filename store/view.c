#include "store/view.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct builder {
    shoal_view *view;
    uint32_t text_bytes;
    shoal_error *err;
} builder;

/* Says why the type is not readable; SHOAL_DATA, which shoal_view_make takes back. */
__attribute__((format(printf, 2, 3))) static shoal_status refuse(builder *b, const char *format,
                                                                 ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(b->view->why_not, sizeof b->view->why_not, format, values);
    va_end(values);
    return SHOAL_DATA;
}

static shoal_status refuse_type(builder *b, const shoal_datatype *type)
{
    char text[128];
    shoal_datatype_describe(type, text, sizeof text);
    return refuse(b, "its type is not one that shoal computes on: %s", text);
}

/* ---- What types become ---- */

static shoal_float_format format_of(const shoal_datatype *type)
{
    return (shoal_float_format){.n_bytes = type->n_bytes,
                                .order = type->order,
                                .sign_at = type->sign_at,
                                .exponent_at = type->exponent_at,
                                .exponent_bits = type->exponent_bits,
                                .mantissa_at = type->mantissa_at,
                                .mantissa_bits = type->mantissa_bits,
                                .exponent_bias = type->exponent_bias,
                                .implied = type->normalization == 2};
}

static bool is_number(const shoal_datatype *type)
{
    return type->class_ == SHOAL_CLASS_INTEGER || type->class_ == SHOAL_CLASS_BITFIELD ||
           type->class_ == SHOAL_CLASS_ENUM;
}

/* The type of integers and floats in memory; false when there is none. */
static bool number_form(const shoal_datatype *type, shoal_type *out)
{
    static const shoal_type_code codes[2][9] = {
        {[1] = SHOAL_UINT8, [2] = SHOAL_UINT16, [4] = SHOAL_UINT32, [8] = SHOAL_UINT64},
        {[1] = SHOAL_INT8, [2] = SHOAL_INT16, [4] = SHOAL_INT32, [8] = SHOAL_INT64},
    };
    bool swaps;
    if (shoal_datatype_is_plain(type, out, &swaps)) return true;
    if (is_number(type) && type->n_bytes <= 8) {
        *out = shoal_type_of(codes[type->is_signed][shoal_integer_bytes(type->n_bytes)]);
        return true;
    }
    shoal_float_format format = format_of(type);
    if (type->class_ != SHOAL_CLASS_FLOAT || !shoal_float_known(&format)) return false;
    *out = shoal_type_of(shoal_float_target(&format));
    return true;
}

/* Sequences of real numbers are shown as text. */
static bool is_listed(const shoal_datatype *base)
{
    shoal_type form;
    return (is_number(base) || base->class_ == SHOAL_CLASS_FLOAT) && number_form(base, &form);
}

/* A complex number's halves; true when `type` is one. Compounds of two float16 are none, as there
   is no complex type of that width. */
static bool complex_form(const shoal_datatype *type, shoal_member half[2], shoal_type *out)
{
    shoal_type re, im;
    if (type->class_ == SHOAL_CLASS_COMPLEX) {
        half[0] = (shoal_member){.type = type->base};
        half[1] = (shoal_member){.type = type->base, .offset = type->base->n_bytes};
    } else if (shoal_datatype_is_complex(type)) {
        half[0] = type->member[0];
        half[1] = type->member[1];
    } else {
        return false;
    }
    if (!number_form(half[0].type, &re) || !number_form(half[1].type, &im)) return false;
    if (re.code == SHOAL_FLOAT16 && type->class_ == SHOAL_CLASS_COMPLEX)
        re.code = SHOAL_FLOAT32;
    else if (re.code != im.code || re.code == SHOAL_FLOAT16)
        return false;
    *out = shoal_type_of(re.code == SHOAL_FLOAT32 ? SHOAL_COMPLEX64 : SHOAL_COMPLEX128);
    return true;
}

static shoal_status record_form(builder *b, const shoal_datatype *type, shoal_type *out);

/* What one value of the type (no array) becomes. */
static shoal_status form_of(builder *b, const shoal_datatype *type, shoal_type *out)
{
    shoal_member half[2];
    switch (type->class_) {
    case SHOAL_CLASS_TEXT: *out = (shoal_type){SHOAL_TEXT, type->n_bytes}; return SHOAL_OK;
    case SHOAL_CLASS_OPAQUE: *out = (shoal_type){SHOAL_RECORD, type->n_bytes}; return SHOAL_OK;
    case SHOAL_CLASS_SEQUENCE:
        if (!type->is_text && !is_listed(type->base)) break;
        *out = (shoal_type){SHOAL_TEXT, b->text_bytes};
        return SHOAL_OK;
    case SHOAL_CLASS_COMPLEX:
    case SHOAL_CLASS_COMPOUND:
        if (complex_form(type, half, out)) return SHOAL_OK;
        if (type->class_ == SHOAL_CLASS_COMPOUND) return record_form(b, type, out);
        break;
    default:
        if (number_form(type, out)) return SHOAL_OK;
        break;
    }
    return refuse_type(b, type);
}

static shoal_status too_large(builder *b)
{
    return refuse(b, "its elements are larger than 4 GiB");
}

/* Bytes in memory of a compound's member, arrays whole. */
static shoal_status member_bytes(builder *b, const shoal_datatype *type, uint64_t *out)
{
    uint64_t count = 1;
    for (; type->class_ == SHOAL_CLASS_ARRAY; type = type->base)
        count *= type->n_bytes / type->base->n_bytes; /* at most the outermost's n_bytes */
    shoal_type form = {SHOAL_BOOL, 0};
    if (type->class_ == SHOAL_CLASS_SEQUENCE) return refuse_type(b, type);
    shoal_status status = form_of(b, type, &form);
    if (status != SHOAL_OK) return status;
    if (count > UINT32_MAX / form.n_bytes) return too_large(b);
    *out = count * form.n_bytes;
    return SHOAL_OK;
}

static shoal_status record_form(builder *b, const shoal_datatype *type, shoal_type *out)
{
    uint64_t n = 0, more = 0;
    for (uint32_t k = 0; k < type->n_members; k++) {
        const shoal_member *member = &type->member[k];
        if (member_bytes(b, member->type, &more) != SHOAL_OK) {
            char text[128];
            shoal_datatype_describe(member->type, text, sizeof text);
            if (member->type->class_ == SHOAL_CLASS_COMPOUND) return SHOAL_DATA; /* named inside */
            return refuse(b, "its member '%.40s' is not one that shoal computes on: %s",
                          member->name, text);
        }
        n += more; /* below 2^16 members of less than 2^32 bytes */
    }
    if (n > UINT32_MAX) return too_large(b);
    *out = (shoal_type){SHOAL_RECORD, (uint32_t)n};
    return SHOAL_OK;
}

/* ---- Steps ---- */

static shoal_status emit(builder *b, const shoal_datatype *type, shoal_step step);

static shoal_status add(builder *b, const shoal_step *step)
{
    return shoal_conversion_add(b->view->conversion, step, b->err);
}

/* How a number comes to be of to_bytes. */
static shoal_step_kind set_number(const shoal_datatype *type, uint32_t to_bytes, shoal_step *step)
{
    shoal_type form;
    bool swaps = false;
    if (shoal_datatype_is_plain(type, &form, &swaps) && form.n_bytes == to_bytes)
        return swaps ? SHOAL_STEP_SWAP : SHOAL_STEP_COPY;
    if (!is_number(type)) {
        step->format = format_of(type);
        return SHOAL_STEP_FLOAT;
    }
    step->order = type->order;
    step->bit_offset = type->bit_offset;
    step->precision = type->precision;
    step->is_signed = type->is_signed;
    return SHOAL_STEP_INTEGER;
}

static shoal_status emit_number(builder *b, const shoal_datatype *type, uint32_t to_bytes,
                                shoal_step step)
{
    step.from_bytes = type->n_bytes;
    step.to_bytes = to_bytes;
    step.kind = set_number(type, to_bytes, &step);
    return add(b, &step);
}

/* Text of fixed or variable length, a list as text, or opaque bytes. */
static shoal_status emit_bytes(builder *b, const shoal_datatype *type, shoal_step step)
{
    bool variable = type->class_ == SHOAL_CLASS_SEQUENCE;
    step.kind = variable ? SHOAL_STEP_TEXT : SHOAL_STEP_COPY;
    step.from_bytes = type->n_bytes;
    step.to_bytes = variable ? b->text_bytes : type->n_bytes;
    if (variable && !type->is_text) {
        if (!number_form(type->base, &step.item_type)) return refuse_type(b, type);
        step.kind = SHOAL_STEP_LIST;
        step.item_bytes = type->base->n_bytes;
        step.item_kind = set_number(type->base, step.item_type.n_bytes, &step);
    }
    return add(b, &step);
}

static shoal_status emit_complex(builder *b, const shoal_member half[2], shoal_type type,
                                 shoal_step step)
{
    uint32_t n_bytes = type.n_bytes / 2;
    shoal_step second = step;
    step.from += half[0].offset;
    second.from += half[1].offset;
    second.to += n_bytes;
    shoal_status status = emit_number(b, half[0].type, n_bytes, step);
    return status == SHOAL_OK ? emit_number(b, half[1].type, n_bytes, second) : status;
}

static shoal_status emit_members(builder *b, const shoal_datatype *type, shoal_step step)
{
    size_t from = step.from;
    for (uint32_t k = 0; k < type->n_members; k++) {
        const shoal_member *member = &type->member[k];
        uint64_t n = 0;
        step.from = from + member->offset;
        shoal_status status = member_bytes(b, member->type, &n);
        if (status == SHOAL_OK) status = emit(b, member->type, step);
        if (status != SHOAL_OK) return status;
        step.to += n;
    }
    return SHOAL_OK;
}

static shoal_status too_deep(builder *b)
{
    return refuse(b, "arrays are more than %d deep inside one another in its type",
                  SHOAL_STEP_LOOPS);
}

static shoal_status emit_array(builder *b, const shoal_datatype *type, shoal_step step)
{
    const shoal_datatype *base = type;
    uint64_t n = 0;
    while (base->class_ == SHOAL_CLASS_ARRAY) base = base->base;
    shoal_status status = member_bytes(b, base, &n);
    if (status != SHOAL_OK) return status;
    if (step.n_loops == SHOAL_STEP_LOOPS) return too_deep(b);
    step.loop[step.n_loops].count = type->n_bytes / base->n_bytes;
    step.loop[step.n_loops].from_stride = base->n_bytes;
    step.loop[step.n_loops++].to_stride = n;
    return emit(b, base, step);
}

/* The steps for one value whose place `step` says; its form was found before. */
static shoal_status emit(builder *b, const shoal_datatype *type, shoal_step step)
{
    shoal_member half[2];
    shoal_type form = {SHOAL_BOOL, 0};
    if (type->class_ == SHOAL_CLASS_ARRAY) return emit_array(b, type, step);
    if (complex_form(type, half, &form)) return emit_complex(b, half, form, step);
    if (type->class_ == SHOAL_CLASS_COMPOUND) return emit_members(b, type, step);
    if (type->class_ == SHOAL_CLASS_TEXT || type->class_ == SHOAL_CLASS_OPAQUE ||
        type->class_ == SHOAL_CLASS_SEQUENCE)
        return emit_bytes(b, type, step);
    return number_form(type, &form) ? emit_number(b, type, form.n_bytes, step)
                                    : refuse_type(b, type);
}

/* ---- The way to a member ---- */

/* Goes through arrays: their axes are the view's, and together one loop. */
static shoal_status enter_arrays(builder *b, const shoal_datatype **type, shoal_step *step)
{
    uint64_t count = 1;
    if ((*type)->class_ != SHOAL_CLASS_ARRAY) return SHOAL_OK;
    for (; (*type)->class_ == SHOAL_CLASS_ARRAY; *type = (*type)->base) {
        count *= (*type)->n_bytes / (*type)->base->n_bytes;
        if (b->view->extra_rank + (*type)->rank > SHOAL_MAX_RANK)
            return refuse(b, "its arrays have more than %d axes", SHOAL_MAX_RANK);
        for (int k = 0; k < (*type)->rank; k++)
            b->view->extra_shape[b->view->extra_rank++] = (*type)->shape[k];
    }
    if (step->n_loops == SHOAL_STEP_LOOPS) return too_deep(b);
    step->loop[step->n_loops].count = count;
    step->loop[step->n_loops++].from_stride = (*type)->n_bytes;
    return SHOAL_OK;
}

static shoal_status no_member(builder *b, const shoal_datatype *type, const char *path)
{
    size_t n = strcspn(path, "/");
    char *word = strndup(path, n);
    const char **names = calloc(type->n_members, sizeof *names), *near = NULL;
    if (!word || !names) {
        free(word);
        free(names);
        return shoal_fail(b->err, SHOAL_MEMORY, "out of memory");
    }
    for (uint32_t k = 0; k < type->n_members; k++) names[k] = type->member[k].name;
    near = shoal_nearest_word(word, names, type->n_members);
    shoal_status status =
        shoal_fail(b->err, SHOAL_USAGE, "it has no member '%s'%s%s%s", word,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(word);
    free(names);
    return status;
}

/* The member that the path begins with, the one of the longest name, as names may hold slashes. */
static const shoal_member *find_member(const shoal_datatype *type, const char *path,
                                       const char **rest)
{
    const shoal_member *found = NULL;
    size_t longest = 0;
    for (uint32_t k = 0; k < type->n_members; k++) {
        size_t n = strlen(type->member[k].name);
        if ((found && n <= longest) || strncmp(path, type->member[k].name, n) != 0 ||
            (path[n] != '\0' && path[n] != '/'))
            continue;
        found = &type->member[k];
        longest = n;
        *rest = path[n] == '\0' ? NULL : path + n + 1;
    }
    return found;
}

static shoal_status enter(builder *b, const char *path, const shoal_datatype **type,
                          shoal_step *step)
{
    shoal_status status = enter_arrays(b, type, step);
    while (status == SHOAL_OK && path != NULL) {
        if ((*type)->class_ != SHOAL_CLASS_COMPOUND) {
            char text[128];
            shoal_datatype_describe(*type, text, sizeof text);
            return shoal_fail(b->err, SHOAL_USAGE, "it has no member '%s': it is %s", path, text);
        }
        const shoal_member *member = find_member(*type, path, &path);
        if (!member) return no_member(b, *type, path);
        step->from += member->offset;
        *type = member->type;
        status = enter_arrays(b, type, step);
    }
    return status;
}

/* Items lie in memory one behind another, whatever the loops. */
static shoal_status set_memory_strides(builder *b, size_t n_bytes, shoal_step *step,
                                       size_t *memory_bytes)
{
    size_t stride = n_bytes;
    for (int k = step->n_loops - 1; k >= 0; k--) {
        step->loop[k].to_stride = stride;
        if (!shoal_mul_size(stride, step->loop[k].count, &stride) || stride > UINT32_MAX)
            return too_large(b);
    }
    *memory_bytes = stride;
    return SHOAL_OK;
}

static shoal_status build(builder *b, const shoal_datatype *type, const char *member)
{
    const shoal_datatype *inner = type;
    shoal_view *view = b->view;
    shoal_step step = {0};
    size_t memory_bytes = 0;
    shoal_type form = {SHOAL_BOOL, 0};
    shoal_status status = enter(b, member, &inner, &step);
    if (status == SHOAL_OK) status = form_of(b, inner, &form);
    if (status == SHOAL_OK) status = set_memory_strides(b, form.n_bytes, &step, &memory_bytes);
    if (status != SHOAL_OK) return status;
    view->type = form;
    view->value = inner;
    view->is_variable = inner->class_ == SHOAL_CLASS_SEQUENCE;
    if (member == NULL && shoal_datatype_is_plain(inner, &form, &view->swaps)) return SHOAL_OK;
    view->swaps = false;
    status = shoal_conversion_new(type->n_bytes, memory_bytes, &view->conversion, b->err);
    if (status == SHOAL_OK) status = emit(b, inner, step);
    if (status != SHOAL_OK || !shoal_conversion_is_copy(view->conversion)) return status;
    shoal_conversion_free(view->conversion);
    view->conversion = NULL;
    return SHOAL_OK;
}

shoal_status shoal_view_make(const shoal_datatype *type, const char *member, uint32_t text_bytes,
                             shoal_view *out, shoal_error *err)
{
    *out = (shoal_view){.why_not = ""};
    builder b = {.view = out, .text_bytes = text_bytes, .err = err};
    shoal_status status = build(&b, type, member);
    out->readable = status == SHOAL_OK;
    if (out->readable) return SHOAL_OK;
    shoal_conversion_free(out->conversion);
    out->conversion = NULL;
    return out->why_not[0] != '\0' ? SHOAL_OK : status;
}

shoal_status shoal_view_read(const shoal_view *view, const void *stored, size_t n, void *out,
                             shoal_error *err)
{
    if (view->conversion) return shoal_convert(view->conversion, stored, out, n, NULL, NULL, err);
    for (int k = 0; k < view->extra_rank; k++) n *= (size_t)view->extra_shape[k];
    if (n > 0) memcpy(out, stored, n * view->type.n_bytes);
    if (view->swaps) shoal_swap_bytes(view->type, out, n);
    return SHOAL_OK;
}

void shoal_view_clear(shoal_view *view)
{
    shoal_conversion_free(view->conversion);
    *view = (shoal_view){.why_not = ""};
}
