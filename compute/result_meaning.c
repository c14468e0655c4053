#include "compute/result_meaning.h"

#include "chunk/error.h"
#include "compute/axis_labels.h"
#include "compute/result_attributes.h"
#include "compute/result_coordinates.h"
#include "compute/scales.h"
#include "store/copy_attributes.h"

#include <math.h>
#include <string.h>

/* Two axes of one name (a covariance's, say) have one scale, which only the first gets. */
static bool named_before(const shoal_node *node, int k)
{
    for (int j = 0; j < k; j++)
        if (node->origin[j].source == node->origin[k].source &&
            node->origin[j].axis == node->origin[k].axis &&
            node->origin[j].labels == node->origin[k].labels)
            return true;
    return false;
}

/* The labels of groups. */
static shoal_status write_labels(const shoal_plan *plan, const shoal_target *t, int k,
                                 shoal_writer *writer, bool *named, shoal_error *err)
{
    shoal_axis_labels labels;
    shoal_status status = shoal_labels_of(t->node, k, plan->arena, &labels, err);
    if (status) return status;
    shoal_scale_values values = {.name = labels.name,
                                 .type = labels.type,
                                 .varies = labels.varies,
                                 .n = labels.n,
                                 .value = labels.value};
    if (labels.time) {
        values.units = labels.time->units;
        values.calendar = shoal_calendar_name(labels.time->cf.calendar);
    }
    return shoal_scale_attach_values(writer, t->path, k, &values, named, err);
}

static shoal_status write_axes(const shoal_plan *plan, const shoal_target *t, shoal_writer *writer,
                               bool *any, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    uint32_t has_name = 0;
    for (int k = 0; k < t->node->rank && !status; k++) {
        const shoal_origin *o = &t->node->origin[k];
        bool named = false;
        if (!shoal_origin_known(o) || named_before(t->node, k)) continue;
        if (o->labels) {
            status = write_labels(plan, t, k, writer, &named, err);
            if (named) has_name |= UINT32_C(1) << k;
            continue;
        }
        const shoal_source *s = &plan->inputs.sources[o->source];
        if (s->column || !s->dataset) continue;
        const shoal_scale_piece piece = {s->dataset, o->axis, o->start, o->step, t->node->shape[k]};
        status = shoal_scale_attach(writer, t->path, k, &piece, 1, false, &named, err);
        if (named) has_name |= UINT32_C(1) << k;
    }
    *any = has_name != 0;
    for (int k = 0; k < t->node->rank && !status && has_name; k++)
        if (!(has_name >> k & 1))
            status = shoal_scale_attach_bare(writer, t->path, k, t->node->shape[k], false, err);
    return status;
}

typedef struct wanted {
    const shoal_kept_attributes *kept;
    int source;
    bool same_type; /* as stored: a fill value of another type is no fill value */
} wanted;

static bool is_wanted(void *user, const char *name)
{
    const wanted *w = user;
    if (strcmp(name, "coordinates") == 0) return false; /* written with them */
    static const char *const typed[] = {"_FillValue", "missing_value", "_Unsigned"};
    for (size_t k = 0; k < sizeof typed / sizeof *typed && !w->same_type; k++)
        if (strcmp(name, typed[k]) == 0) return false;
    for (int k = 0; k < w->kept->n; k++)
        if (w->kept->attribute[k].source == w->source &&
            strcmp(w->kept->attribute[k].name, name) == 0)
            return true;
    return false;
}

static shoal_status write_attributes(const shoal_plan *plan, const shoal_target *t,
                                     const shoal_kept_attributes *kept, shoal_writer *writer,
                                     bool *any, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < plan->inputs.n_sources && !status; k++) {
        const shoal_source *s = &plan->inputs.sources[k];
        wanted w = {.kept = kept, .source = k};
        bool has = false;
        for (int j = 0; j < kept->n; j++) has |= kept->attribute[j].source == k;
        if (!has) continue;
        w.same_type = s->dataset->type.code == t->node->type.code;
        status = shoal_copy_attributes(s->dataset, is_wanted, &w, writer, t->path, err);
        *any = true;
    }
    return status;
}

/* As xarray writes floats, so that NaN is known to be missing. */
static shoal_status write_fill(const shoal_target *t, shoal_writer *writer, shoal_error *err)
{
    const float narrow = NAN;
    const double wide = NAN;
    shoal_type type = t->node->type;
    if (type.code != SHOAL_FLOAT32 && type.code != SHOAL_FLOAT64) return SHOAL_OK;
    const void *nan = type.code == SHOAL_FLOAT32 ? (const void *)&narrow : (const void *)&wide;
    return shoal_writer_attribute_numbers(writer, t->path, "_FillValue", type, 1, false, nan, err);
}

/* A table's times stay times. */
static shoal_status write_time(const shoal_target *t, shoal_writer *writer, shoal_error *err)
{
    const shoal_time *time = t->node->time;
    shoal_status status = shoal_writer_attribute_text(writer, t->path, "units", time->units, err);
    if (status) return status;
    return shoal_writer_attribute_text(writer, t->path, "calendar",
                                       shoal_calendar_name(time->cf.calendar), err);
}

shoal_status shoal_result_meaning(shoal_plan *plan, shoal_writer *writer, shoal_error *err)
{
    shoal_kept_attributes *kept;
    shoal_coordinate_list *coordinates;
    shoal_status status = shoal_result_attributes(plan->graph, &kept, err);
    if (!status) status = shoal_result_coordinates(plan->graph, &coordinates, err);
    bool has_names[SHOAL_MAX_STATEMENTS] = {false};
    for (int k = 0; k < plan->n_results && !status; k++)
        status = write_axes(plan, &plan->target[k], writer, &has_names[k], err);
    /* scalars after all axes, which so get the names */
    for (int k = 0; k < plan->n_results && !status; k++) {
        const shoal_target *t = &plan->target[k];
        bool any = has_names[k];
        status = write_attributes(plan, t, &kept[t->node->id], writer, &any, err);
        if (!status)
            status = shoal_coordinates_write(writer, t->path, &coordinates[t->node->id],
                                             t->node->shape, &any, err);
        if (!status && !any && t->node->time) status = write_time(t, writer, err);
        if (!status && any && !plan->inputs.raw) status = write_fill(t, writer, err);
    }
    return status;
}
