#include "compute/plan.h"

static shoal_status begin_spills(const shoal_plan *plan, const shoal_pass *pass, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < pass->n_outputs && !status; k++)
        if (pass->output[k].target->spill)
            status = shoal_spill_begin(pass->output[k].target->spill, plan->options.tmpdir, err);
    return status;
}

static shoal_status finish_spills(const shoal_pass *pass, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < pass->n_outputs && !status; k++)
        if (pass->output[k].target->spill)
            status = shoal_spill_finish(pass->output[k].target->spill, err);
    return status;
}

shoal_status shoal_plan_stream(shoal_plan *plan, const char *phase, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int p = 0; p < plan->n_passes && !status; p++) {
        shoal_pass *pass = &plan->pass[p];
        status = begin_spills(plan, pass, err);
        if (!status) status = shoal_pass_run(pass, &plan->inputs, &plan->options, phase, err);
        if (!status) status = finish_spills(pass, err);
    }
    return status;
}

void shoal_plan_free_spills(shoal_plan *plan)
{
    for (int k = 0; k < plan->n_targets; k++) {
        shoal_target *t = &plan->target[k];
        if (!t->spill) continue;
        t->node->spilled = NULL;
        shoal_spill_free(t->spill);
        t->spill = NULL;
    }
}
