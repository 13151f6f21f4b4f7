/* plan_graph.c: the graph of a plan, and which of its nodes stay f32. */
#include <stdlib.h>

#include "cpu/plan.h"

#define NARROW 32 /* channels */

static bool has_depthwise(const idc_plan_graph *g)
{
    bool found = false;
    for (int i = 0; i < g->n; i++)
        found = found || (g->nodes[i].kind == IDC_PLAN_CONV && g->nodes[i].conv.groups > 1);
    return found;
}

/* The narrow nodes at the start; 0 where a later node reads more of them than their result. */
static int count_exact(const idc_plan_graph *g)
{
    int exact = 0;
    if (!has_depthwise(g))
        return 0;
    while (exact < g->n - 1 && g->nodes[exact].kind == IDC_PLAN_CONV &&
           g->values[g->nodes[exact].in].channels <= NARROW)
        exact++;
    for (int i = exact; i < g->n; i++)
        if (g->nodes[i].in < exact || (g->nodes[i].residual >= 0 && g->nodes[i].residual < exact))
            return 0;
    return exact;
}

int idc_plan_copy_graph(idc_plan *p, const idc_plan_graph *g, idc_error *err)
{
    const int exact = p->precision == IDC_DTYPE_F32 ? 0 : count_exact(g), more = exact > 0;
    const size_t n = (size_t)(g->n + more);
    idc_plan_node *nodes = calloc(n, sizeof *nodes);
    idc_plan_value *values = calloc(n + 1, sizeof *values);
    p->graph = (idc_plan_graph){g->n + more, nodes, values};
    p->exact = exact;
    if (!nodes || !values)
        return idc_cpu_no_memory(err);
    for (int i = 0; i < g->n; i++) {
        idc_plan_node *node = &nodes[i < exact ? i : i + more];
        *node = g->nodes[i];
        if (i >= exact) {
            node->in += more;
            node->residual += node->residual >= 0 ? more : 0;
        }
    }
    for (int v = 0; v <= g->n; v++)
        values[v <= exact ? v : v + more] = g->values[v];
    if (exact > 0) {
        values[exact + 1] = values[exact];
        nodes[exact] = nodes[exact - 1]; /* its activation says whether the value is signed */
        nodes[exact].kind = IDC_PLAN_CONVERT;
        nodes[exact].in = exact;
        nodes[exact].residual = -1;
    }
    return 0;
}
